import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SECONDS = 1000;
// What is worked out from all events: 503 with Retry-After until it is, the contract says so.
const OF_HISTORY = /\/api\/v1\/(history|companies\/[^/?]+\/history|summary\?asOf=[^&]+)$/;

// At 390 pixels these alone scroll sideways: what their reader made as wide as it is.
const MAY_SCROLL = /^(Answer|Graph of steps)$|, as table$/;
const WRONG_PLURAL = new RegExp(
  '(?<![\\d.,])1 (jobs|sessions|users|customers|data sets|batches|rows|logins|tutorials|events|' +
    'companies|places|columns|employees|notifications|registrations|lines|steps|days)\\b',
);
const FOCUSED = () => {
  const one = document.activeElement;
  const around = one.closest('label, .editor') ?? one;
  const label = one.labels?.[0]?.innerText;
  const called = one.getAttribute('aria-label') ?? label ?? (one.innerText || one.tagName);
  const rings = [one, around].map((part) => getComputedStyle(part));
  const seen = rings.some((ring) => ring.outlineStyle !== 'none' && ring.outlineWidth !== '0px');
  return {called: called.trim(), seen: seen || one === document.body};
};

/** Somebody before the page: signs in, looks, compares with what the API says. */
export class Visitor {
  /** What the page logged as errors; a scenario removes what it expects. */
  errors = [];

  static async open(browser, given, {width = 1440, height = 900, scheme = 'light', url} = {}) {
    const visitor = new Visitor();
    visitor.given = given;
    visitor.url = url ?? given.url;
    visitor.context = await browser.newContext({
      viewport: {width, height},
      colorScheme: scheme,
      acceptDownloads: true,
      reducedMotion: 'reduce',
    });
    visitor.page = await visitor.context.newPage();
    visitor.page.setDefaultTimeout(30 * SECONDS);
    visitor.page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      const {url} = message.location();
      if (/status of 503/.test(message.text()) && OF_HISTORY.test(url)) return;
      visitor.errors.push(message.text());
    });
    visitor.page.on('response', (answer) => {
      if (answer.status() === 503 && !answer.headers()['retry-after']) {
        visitor.errors.push(`503 without Retry-After: ${answer.url()}`);
      }
    });
    visitor.page.on('pageerror', (error) => visitor.errors.push(String(error)));
    visitor.page.on('dialog', (dialog) => {
      visitor.errors.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return visitor;
  }

  async signIn({tenant, user = 'admin', password = this.given.password, at = '/'} = {}) {
    await this.page.goto(this.url + at);
    await this.fillIn({tenant, user, password});
  }

  async fillIn({tenant, user = 'admin', password = this.given.password} = {}, page = this.page) {
    if (tenant) {
      await page.getByText('Of a tenant').click();
      await page.getByLabel('Tenant', {exact: true}).fill(tenant);
    }
    await page.getByLabel('User', {exact: true}).fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', {name: 'Sign in'}).click();
    await page.waitForSelector('nav');
  }

  /** Goes to a room and waits until all of it is there. */
  async go(address) {
    await this.page.goto(this.url + address);
    await this.settled();
  }

  async settled() {
    await this.page.waitForFunction(
      () =>
        document.querySelector('main h1') &&
        !document.querySelector('.skeleton') &&
        ![...document.querySelectorAll('[data-drawn]')].some((one) => one.dataset.drawn === 'no'),
    );
  }

  /** What the API says, asked with the page's own cookie; again when it says so. */
  async api(address) {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.page.request.get(this.url + address);
      if (answer.status() !== 503 || tries === 60) {
        assert.equal(answer.status(), 200, `${address}: ${await answer.text()}`);
        return answer.json();
      }
      await setTimeout(SECONDS * Number(answer.headers()['retry-after']));
    }
  }

  async picture(name) {
    const file = path.join(this.given.pictures, `${name}.png`);
    await this.page.screenshot({path: file, fullPage: true});
  }

  /** No violation of WCAG 2.2 AA that axe can see, nothing wider than the window. */
  async accessible(where) {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(() =>
      globalThis.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }),
    );
    const told = found.violations.map(
      (one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`,
    );
    assert.deepEqual(told, [], `axe: ${where}`);
    const beyond = await this.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    assert.ok(beyond <= 0, `${where} is ${beyond} pixels wider than the window`);
    const sideways = await this.page.evaluate(() =>
      [...document.querySelectorAll('[role="region"]')]
        .filter((one) => window.innerWidth < 500 && one.scrollWidth > one.clientWidth)
        .map((one) => one.getAttribute('aria-label')),
    );
    assert.deepEqual(sideways.filter((name) => !MAY_SCROLL.test(name)), [], `${where} scrolls`);
  }

  /** Tabs on to what has this name; all on the way show that they have the focus. */
  async reach(name) {
    for (let steps = 0; steps < 150; steps += 1) {
      await this.page.keyboard.press('Tab');
      const {called, seen} = await this.page.evaluate(FOCUSED);
      assert.ok(seen, `${called} does not show that it has the focus`);
      if (name.test(called)) return called;
    }
    throw new assert.AssertionError({message: `no Tab reaches ${name}`});
  }

  /** What has the focus is called. */
  async focused() {
    return (await this.page.evaluate(FOCUSED)).called;
  }

  /** One thing is said to be one: no "1 jobs". */
  async singular(where) {
    const told = await this.page.evaluate(() => document.querySelector('main').textContent);
    assert.doesNotMatch(told, WRONG_PLURAL, where);
  }

  text(selector) {
    return this.page.locator(selector).first().innerText();
  }

  /** The rows of a chart's table, cells as they are shown. */
  async tableOf(title) {
    const heading = this.page.getByRole('heading', {name: title});
    const figure = this.page.locator('figure', {has: heading});
    await figure.getByRole('button', {name: /Show as table/}).click();
    const rows = await figure.locator('tbody tr').evaluateAll((list) =>
      list.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
    );
    await figure.getByRole('button', {name: /Show as table/}).click();
    return rows;
  }

  /** A chart is saved as a picture that shows something. */
  async savesPicture(title) {
    const button = this.page.getByRole('button', {name: `Download as picture: ${title}`});
    const [download] = await Promise.all([this.page.waitForEvent('download'), button.click()]);
    const name = download.suggestedFilename();
    assert.match(name, /\.png$/);
    const file = path.join(this.given.pictures, `saved-${title.replaceAll(/\W+/g, '-')}.png`);
    await download.saveAs(file);
    const bytes = readFileSync(file);
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    assert.ok(bytes.length > 5000, `${title}: ${bytes.length} bytes`);
  }

  /** Leaves out errors that the scenario caused, which must have been there. */
  expect(pattern) {
    const before = this.errors.length;
    this.errors = this.errors.filter((error) => !pattern.test(error));
    assert.ok(this.errors.length < before, `no error like ${pattern}`);
  }
}

export function exact(number) {
  return number.toLocaleString('en', {maximumFractionDigits: 6});
}
