// Names are text, whatever is in them.
import assert from 'node:assert/strict';

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/customers');
  const shown = await page.locator('table[aria-rowcount] tbody th').evaluateAll((list) =>
    list.map((cell) => cell.textContent.trim()),
  );
  for (const {id, name} of given.companies) {
    assert.ok(shown.includes(name.trim() || id), `the table lacks ${name}`);
  }
  await visitor.picture('hostile-customers');
  for (const {id, name} of given.companies) {
    await visitor.go(`/customers/${encodeURIComponent(id)}`);
    assert.equal((await page.locator('main h1').textContent()).trim(), name.trim() || id);
    assert.ok((await page.locator('.about code').textContent()).includes(id));
    assert.ok((await page.locator('main').textContent()).includes(given.user));
    await visitor.accessible(id);
  }
  await visitor.picture('hostile-customer');
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  const small = await visit({width: 390, height: 844, scheme: 'dark'});
  await small.signIn();
  const longest = given.companies.find((one) => one.id.length === 128);
  for (const at of ['/', '/customers', '/jobs', `/customers/${longest.id}`]) {
    await small.go(at);
    await small.accessible(`${at} at 390 pixels`);
  }
  await small.picture('hostile-customer-390');
  assert.equal(await small.page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.locator('main script, main img[src="x"]').count(), 0);
}
