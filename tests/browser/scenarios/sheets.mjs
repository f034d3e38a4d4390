// The first demonstration's sheets: every figure as it was added up from its files.
import assert from 'node:assert/strict';
import {exact} from '../visitor.mjs';

export default async function ({visit, given}) {
  const {expected} = given;
  const visitor = await visit();
  await visitor.signIn();
  await visitor.go('/customers');
  const customers = Object.values(expected.industries).reduce((sum, one) => sum + one, 0);
  assert.equal(await visitor.text('.total'), exact(customers));
  const industries = await visitor.tableOf('Customers per industry');
  assert.deepEqual(
    Object.fromEntries(industries.map(([name, count]) => [name, Number(count)])),
    expected.industries,
  );
  const shown = {
    'Monthly revenue (fees) per company': expected.monthly,
    'Total revenue (fees) per company': expected.total,
    'Employees per company': expected.employees,
  };
  for (const [title, rows] of Object.entries(shown)) {
    assert.deepEqual(await visitor.tableOf(title), rows, title);
  }
  await visitor.picture('sheets-customers');

  await visitor.go('/jobs');
  assert.deepEqual(await visitor.tableOf('Jobs submitted per day and data size'), expected.byDay);
  assert.deepEqual(
    await visitor.tableOf('Jobs submitted in 90 days beside 30 days'),
    expected.pairs,
  );
  assert.deepEqual(await visitor.tableOf('Bottom three by jobs in 90 days'), expected.bottom90);
  assert.deepEqual(await visitor.tableOf('Bottom three by jobs in 30 days'), expected.bottom30);
}
