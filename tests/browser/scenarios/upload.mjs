// Files that people bring: formats told by endings, faults as a table, connections that break.
import assert from 'node:assert/strict';

const PARTS = /\/datasets\/uploads\/[^/]+\?offset=/;

function bringer({page}) {
  const field = page.getByLabel('File', {exact: true});
  const button = page.getByRole('button', {name: 'Bring it'});
  return {
    choose: (name, text) =>
      field.setInputFiles({name, mimeType: 'text/plain', buffer: Buffer.from(text)}),
    bring: () => button.click(),
    button,
  };
}

async function formats(visitor) {
  const {page} = visitor;
  const {choose, bring, button} = bringer(visitor);
  const format = page.getByLabel('Format');
  await choose('Visits.JSON', '{"day":"2026-11-01","n":1}\n{"day":"2026-11-02","n":2}\n');
  assert.equal(await format.inputValue(), 'ndjson');
  await bring();
  await page.getByText('Visits is there, version 1.').waitFor();
  await choose('visits.dat', 'a,b\n1,2\n');
  await page.getByText('The ending of visits.dat tells no format').waitFor();
  assert.equal(await format.inputValue(), '');
  assert.ok(await button.isDisabled());
  await visitor.accessible('a file without a format');
  await format.selectOption('csv');
  await bring();
  await page.getByText('visits_dat is there, version 1.').waitFor();
}

async function faults(visitor) {
  const {page} = visitor;
  const {choose, bring} = bringer(visitor);
  const rows = Array.from({length: 30_000}, (_, at) => `${at},x,${at}`);
  await choose('bad.csv', ['id,who,amount', ...rows, '30000,x,MARKER BAD'].join('\n') + '\n');
  await bring();
  const list = page.getByRole('region', {name: 'Faults of the file'});
  await list.waitFor();
  const cells = (await list.locator('tbody td').allTextContents()).slice(0, 3);
  assert.deepEqual(cells, ['30,002', 'amount', 'MARKER BAD']);
  assert.match(await list.locator('tbody td').nth(3).innerText(), /is no BIGINT/);
  for (const [width, scheme] of [[1440, 'light'], [1024, 'dark'], [390, 'light'], [390, 'dark']]) {
    await page.setViewportSize({width, height: 844});
    await page.emulateMedia({colorScheme: scheme});
    await visitor.accessible(`a file that was not taken ${width} ${scheme}`);
    await visitor.picture(`data-not-taken-${width}-${scheme}`);
  }
  await page.setViewportSize({width: 1440, height: 900});
}

async function breaks(visitor, big) {
  const {page} = visitor;
  const {choose, bring} = bringer(visitor);
  const offsets = [];
  let broken = 0;
  await page.route(PARTS, (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
    if (offset > 0 && broken++ < 2) return route.abort('connectionreset');
    offsets.push(offset);
    return route.continue();
  });
  await choose('long.csv', big);
  await bring();
  await page.getByText('The connection is lost at').waitFor();
  await page.getByText('long is there, version 1.').waitFor();
  await page.unroute(PARTS);
  assert.deepEqual(offsets, [...new Set(offsets)], 'a part is sent twice');
  assert.ok(offsets.length > 2);
  visitor.expect(/ERR_/);
}

/** Begins to bring a file, whose parts stand still after the first. */
async function standsStill(visitor, big) {
  const {page} = visitor;
  const {choose, bring} = bringer(visitor);
  await page.route(PARTS, (route) => {
    if (!route.request().url().endsWith('offset=0')) return; // no answer
    return route.continue();
  });
  const begun = page.waitForResponse((one) => one.status() === 201);
  await choose('stays.csv', big);
  await bring();
  const {uploadID} = await (await begun).json();
  await page.getByText(/^[1-9]\d* % of .* sent$/).waitFor();
  return `/api/v1/tenants/acme/datasets/uploads/${uploadID}`;
}

async function isGone(visitor, address) {
  for (let tries = 0; ; tries += 1) {
    const answer = await visitor.context.request.get(visitor.url + address);
    if (answer.status() === 404) return;
    assert.ok(tries < 50, `${address} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function givesUp(visitor, big) {
  const {page} = visitor;
  const address = await standsStill(visitor, big);
  await visitor.accessible('bringing a file');
  // Only one may be unfinished here: another page is told what to do.
  const other = await visitor.context.newPage();
  await other.goto(`${visitor.url}/data`);
  const second = bringer({page: other});
  await second.choose('more.csv', 'a\n1\n');
  await second.bring();
  await other.getByText('`tenantry data uploads list`').waitFor();
  await other.close();
  await page.getByRole('button', {name: 'Give up'}).click();
  await page.getByText('Given up: nothing of it is kept.').waitFor();
  await isGone(visitor, address);
  await page.unroute(PARTS);
}

async function leaves(visitor, big) {
  const {page} = visitor;
  let address = await standsStill(visitor, big);
  await page.goto('about:blank');
  await isGone(visitor, address);
  await visitor.go('/data');
  await page.unroute(PARTS);
  address = await standsStill(visitor, big);
  await page.getByRole('link', {name: 'Jobs', exact: true}).click(); // within the page
  await isGone(visitor, address);
}

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn({tenant: given.tenant, user: given.user, password: given.secret});
  await visitor.go('/data');
  const told = 'Events tell of 1 data set with 34.7 GB, as Today counts them; none of them is';
  await page.getByText(told).waitFor();
  const big = 'a,b\n' + '1234567,12345678\n'.repeat(16_000);
  await formats(visitor);
  await page.getByText('Events tell of 3 data sets with 34.7 GB').waitFor();
  await page.getByText('2 of them are stored here').waitFor();
  await faults(visitor);
  await breaks(visitor, big);
  await givesUp(visitor, big);
  await leaves(visitor, big);
}
