// The numbers on the page are those of the API.
import assert from 'node:assert/strict';
import {exact} from '../visitor.mjs';

export default async function ({visit, given}) {
  const visitor = await visit();
  await visitor.signIn();
  await visitor.go('/');
  const {page} = visitor;
  const summary = await visitor.api('/api/v1/summary');
  const card = async (number) =>
    page.locator(`[data-question="${number}"] .figure`).getAttribute('title');
  assert.equal(await card(1), `${exact(summary.activity.logins)} logins`);
  assert.equal(await card(2), `${exact(summary.idleTenants)} customers`);
  assert.equal(await card(3), `${exact(summary.dataBytes)} B`);
  assert.equal(await card(4), `${exact(summary.ran30)} batches`);
  assert.equal(await card(5), `${exact(summary.quietTenants)} customers`);
  const days = await visitor.tableOf('Logins, data events and jobs per day');
  assert.equal(days.length, 30);
  summary.days.slice(-30).forEach((day, at) =>
    assert.deepEqual(days[at], [
      day.day,
      ...[day.registrations, day.logins, day.dataEvents, day.jobs].map(exact),
    ]),
  );

  await visitor.go('/customers');
  assert.equal(await visitor.text('.total'), exact(summary.tenants));
  const industries = await visitor.tableOf('Customers per industry');
  assert.equal(industries.length, summary.industries.length);
  for (const [name, customers] of industries) {
    const one = summary.industries.find((group) => (group.industry || 'not given') === name);
    assert.equal(customers, exact(one.tenants), name);
  }
  const fees = await visitor.api('/api/v1/companies?sort=-totalFee&limit=8&view=brief');
  assert.deepEqual(
    await visitor.tableOf('Total revenue (fees) per company'),
    fees.items.map((one) => [one.name, exact(one.totalFee)]),
  );

  await visitor.go('/jobs');
  for (const [title, field] of [['90 days', 'job90'], ['30 days', 'job30']]) {
    const least = await visitor.api(`/api/v1/companies?sort=${field}&limit=3&view=brief`);
    assert.deepEqual(
      await visitor.tableOf(`Bottom three by jobs in ${title}`),
      least.items.map((one) => [one.name, exact(one[field])]),
    );
  }
  const most = await visitor.api('/api/v1/companies?sort=-job90&limit=12&view=brief');
  assert.deepEqual(
    await visitor.tableOf('Jobs submitted in 90 days beside 30 days'),
    most.items.map((one) => [one.name, exact(one.job90), exact(one.job30)]),
  );
  const history = await visitor.api('/api/v1/history');
  assert.deepEqual(
    await visitor.tableOf('Jobs submitted per day and data size'),
    history.days.map((day) => [day.day, exact(day.jobs), exact(day.dataBytes)]),
  );

  await visitor.go(`/customers/${encodeURIComponent(given.company)}`);
  const company = await visitor.api(`/api/v1/companies/${encodeURIComponent(given.company)}`);
  const fact = (name) =>
    page.locator('dl > div', {hasText: name}).first().getAttribute('title');
  assert.equal(await fact('Jobs, 30 days'), exact(company.job30));
  assert.equal(await fact('Data'), `${exact(company.dataBytes)} B`);
  assert.equal(await fact('Total fee'), exact(company.totalFee));
  const own = await visitor.tableOf('Jobs submitted and batches run per day');
  assert.equal(own.length, 90);
  for (const [day, jobs, ran] of own) {
    assert.equal(jobs, exact(company.jobsByDay[day] ?? 0), day);
    assert.equal(ran, exact(company.ranByDay[day] ?? 0), day);
  }
}
