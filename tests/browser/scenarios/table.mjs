// The table of customers: drill-down, search, order, Back, the address, CSV, the keyboard.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';

export default async function ({visit}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/customers');
  const names = () =>
    page.locator('table[aria-rowcount] tbody tr:not(.space) th').evaluateAll((list) =>
      list.map((cell) => cell.innerText.trim()),
    );
  const shows = async (count) =>
    page.waitForFunction(
      (n) => document.querySelector('.count')?.textContent.trim().startsWith(`${n} compan`),
      count,
    );
  const summary = await visitor.api('/api/v1/summary');
  const group = [...summary.industries].sort((a, b) => b.tenants - a.tenants)[0];

  // From a mark to its companies, and back.
  await page.getByRole('button', {name: new RegExp(`^${group.industry} `)}).click();
  await shows(group.tenants);
  assert.match(page.url(), new RegExp(`#industry=${group.industry}$`));
  await page.goBack();
  await shows(summary.tenants);
  await page.goForward();
  await shows(group.tenants);
  // A colleague with the link sees the same.
  await page.reload();
  await visitor.settled();
  await shows(group.tenants);
  const of = await visitor.api(
    `/api/v1/companies?industry=${group.industry}&sort=-monthlyFee&view=brief`,
  );
  assert.deepEqual(await names(), of.items.map((one) => one.name));

  // By keyboard alone: order by jobs, the least first.
  await visitor.go('/customers');
  const header = page.getByRole('columnheader', {name: 'Jobs, 90 d'});
  await header.getByRole('button').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('th[aria-sort="ascending"]'));
  const least = await visitor.api('/api/v1/companies?sort=job90&view=brief');
  await page.waitForFunction(
    (first) => document.querySelector('tbody th')?.innerText.trim() === first,
    least.items[0].name,
  );
  assert.match(page.url(), /#sort=job90$/);

  await page.getByLabel('Search name, id or industry').fill(least.items[2].name);
  await shows(1);
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', {name: 'CSV', exact: true}).click();
  const file = readFileSync(await (await waiting).path(), 'utf8').trim().split('\r\n');
  assert.equal(file.length, 2);
  assert.ok(file[0].startsWith('tenantID,name,risk,score,industry,monthlyFee'));
  assert.ok(file[1].startsWith(`${least.items[2].tenantID},${least.items[2].name},`));

  await page.getByLabel('Search name, id or industry').fill('nobody is called so');
  await page.getByRole('button', {name: 'Clear filters'}).click();
  await shows(summary.tenants);
  await visitor.page.getByText('Columns', {exact: true}).click();
  await page.getByLabel('Failed, 30 d').check();
  await page.getByRole('columnheader', {name: 'Failed, 30 d'}).waitFor();
  await visitor.accessible('the columns');
}
