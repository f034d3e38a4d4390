// Many companies: any part of the table is reached, few rows are drawn, the first view is small.
import assert from 'node:assert/strict';

const FIRST_VIEW_BYTES_MAX = 400 * 1024;

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/');
  const loaded = await page.evaluate(() => {
    const all = performance.getEntriesByType('resource').concat(
      performance.getEntriesByType('navigation'),
    );
    const ours = all.filter((one) => !one.name.includes('/api/'));
    return ours.reduce((sum, one) => sum + one.encodedBodySize, 0);
  });
  assert.ok(loaded > 0 && loaded <= FIRST_VIEW_BYTES_MAX, `the first view has ${loaded} bytes`);
  await visitor.go('/customers#sort=companyID');
  await page.getByText(`${given.count.toLocaleString('en')} companies`).waitFor();
  const box = page.getByRole('region', {name: 'Table of customers'});
  for (const share of [1, 0.5, 0]) {
    const row = Math.round(share * (given.count - 1));
    await box.evaluate((element, at) => element.scrollTo(0, at * 40), row);
    await page.locator(`tr[aria-rowindex="${row + 2}"] a`).waitFor();
    const name = await page.locator(`tr[aria-rowindex="${row + 2}"] a`).innerText();
    assert.equal(name, `c${String(row).padStart(6, '0')}`);
    assert.ok((await page.locator('tbody tr').count()) < 60);
  }
}
