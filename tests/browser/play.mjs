// play.mjs SCENARIO JSON: plays scenarios/SCENARIO.mjs in Chromium. Exit code 1 when an assertion
// of it fails, or the page logs an error that the scenario did not expect.
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {chromium} from 'playwright-core';
import {Visitor} from './visitor.mjs';

const [name, json] = process.argv.slice(2);
const given = JSON.parse(json);
const scenario = await import(`./scenarios/${name}.mjs`);
const profile = mkdtempSync(path.join(os.tmpdir(), 'tenantry-browser-'));
const browser = await chromium.launch({
  executablePath: process.env.TENANTRY_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    `--disk-cache-dir=${profile}`,
  ],
});
let failed = false;
try {
  const visitors = [];
  const visit = async (options = {}) => {
    const visitor = await Visitor.open(browser, given, options);
    visitors.push(visitor);
    return visitor;
  };
  await scenario.default({visit, given});
  for (const visitor of visitors) assert.deepEqual(visitor.errors, [], 'the page logged errors');
} catch (error) {
  failed = true;
  console.error(error);
} finally {
  await browser.close();
  rmSync(profile, {recursive: true, force: true});
}
process.exit(failed ? 1 : 0);
