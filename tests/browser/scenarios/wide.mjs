// A data set of very many columns: some are shown, all can be found. What the server says of one
// data set is widened on its way: reading a file so wide takes minutes.
import assert from 'node:assert/strict';
import {exact} from '../visitor.mjs';

async function widen(page, count) {
  const columns = Array.from({length: count}, (_, at) => ({name: `c${at}`, type: 'BIGINT'}));
  await page.route('**/datasets?*', async (route) => {
    const answer = await route.fetch();
    const list = await answer.json();
    list.items = list.items.map((one) =>
      one.name === 'orders' ? {...one, name: 'wide', schema: columns} : one,
    );
    await route.fulfill({response: answer, json: list});
  });
  await page.route('**/query', (route) => {
    const row = (first) => Object.fromEntries(columns.map(({name}, at) => [name, first + at]));
    return route.fulfill({json: {columns, rows: [row(0), row(count)]}});
  });
}

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  const all = exact(given.columns);
  const name = new RegExp(`^and ${exact(given.columns - 8)} more columns`);
  await visitor.signIn({tenant: given.tenant, user: given.scientist, password: given.secret});
  await widen(page, given.columns);
  await visitor.go('/data');
  const row = page.getByRole('region', {name: 'Data sets'}).locator('tr', {hasText: 'wide'});
  const more = row.getByRole('button', {name});
  assert.ok((await row.boundingBox()).height < 120, 'the row fills the table');
  await more.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', {name: 'Columns of wide'});
  await dialog.getByText(`The first 200 of ${all}`).waitFor();
  assert.equal(await dialog.locator('tbody tr').count(), 200);
  await visitor.accessible('the columns of a data set');
  await visitor.picture('data-columns');
  await dialog.getByLabel(new RegExp(`Search ${all} columns`)).fill(`c${given.columns - 7}`);
  await dialog.getByText('1 column', {exact: true}).waitFor();
  assert.deepEqual(await dialog.locator('tbody td').allTextContents(), [
    exact(given.columns - 6),
    `c${given.columns - 7}`,
    'BIGINT',
  ]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
  assert.match(await visitor.focused(), name);

  await page.getByRole('button', {name: 'Look into wide'}).click();
  await page.getByText(`the first 40 of ${all}`).waitFor();
  const answer = page.getByRole('region', {name: 'Answer'});
  assert.equal(await answer.locator('thead th').count(), 40);
  await visitor.accessible('a wide answer');
  await page.getByLabel('Columns shown').fill(`c${given.columns - 1}`);
  await answer.locator('th', {hasText: `c${given.columns - 1}`}).waitFor();
  assert.deepEqual(await answer.locator('tbody td').allTextContents(), [
    String(given.columns - 1),
    String(2 * given.columns - 1),
  ]);

  await visitor.go('/submit');
  await page.getByRole('button', {name}).first().waitFor();
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  assert.ok(nodes < 1500, `writing a job draws ${nodes} elements`);
}
