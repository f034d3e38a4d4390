// A customer was deleted: question 1 counts what everybody did, all else leaves the deleted out,
// and whatever stands together says the same.
import assert from 'node:assert/strict';
import {exact} from '../visitor.mjs';

const sum = (values) => values.reduce((all, value) => all + value, 0);
const number = (text) => Number(text.replaceAll(',', ''));

async function today(visitor, everybody, customers) {
  const {page} = visitor;
  await visitor.go('/');
  const of = (list, field) => sum(list.map((one) => one[field]));
  const card = (at, part) => visitor.text(`[data-question="${at}"] ${part}`);
  const sessions = `· ${exact(of(everybody, 'sessions30'))} session`;
  assert.ok((await card(1, '.detail')).includes(sessions), await card(1, '.detail'));
  const [idle, all] = ['idleSessions30', 'sessions30'].map((field) => exact(of(customers, field)));
  assert.ok((await card(2, '.detail')).startsWith(`${idle} of ${all} `), await card(2, '.detail'));
  assert.equal(number(await card(4, '.value')), of(customers, 'ran30'));
  assert.ok((await card(4, '.detail')).startsWith(`${exact(of(customers, 'job30'))} jobs`));

  const title = 'Logins, data events and jobs per day';
  const rows = await visitor.tableOf(title);
  const figure = page.locator('figure', {has: page.getByRole('heading', {name: title})});
  const told = [2, 3, 4].map((at) => sum(rows.map((row) => number(row[at]))));
  assert.deepEqual(told, ['logins30', 'dataEvents30', 'job30'].map((name) => of(everybody, name)));
  const [logins, data, jobs] = told.map(exact);
  const text = (await figure.textContent()).replaceAll(/\s+/g, ' ');
  const sentence = `${logins} logins, ${data} data events and ${jobs} jobs submitted`;
  assert.ok(text.includes(sentence), text);
  assert.match(text, /deleted customers too/);
  assert.match(await card(1, 'p.muted'), /deleted customers too/);
}

export default async function ({visit}) {
  const visitor = await visit();
  await visitor.signIn();
  const everybody = (await visitor.api('/api/v1/companies?limit=1000')).items;
  const customers = everybody.filter((one) => !one.deleted);
  const job90 = sum(customers.map((one) => one.job90));
  assert.ok(job90 < sum(everybody.map((one) => one.job90)), 'nobody who did anything is deleted');
  await today(visitor, everybody, customers);

  const summary = await visitor.api('/api/v1/summary');
  const history = await visitor.api('/api/v1/history');
  const month = (days, field) => sum(days.slice(-30).map((day) => day[field]));
  assert.equal(month(summary.days, 'ran'), summary.ran30);
  assert.equal(month(history.days, 'idleSessions'), summary.idleSessions30);
  assert.equal(month(history.days, 'sessions'), summary.sessions30);
  assert.equal(history.days.at(-1).dataBytes, summary.dataBytes);

  await visitor.go('/jobs');
  const byDay = await visitor.tableOf('Jobs submitted per day and data size');
  assert.equal(sum(byDay.map((row) => number(row[1]))), job90);
  await visitor.go('/customers');
  const fact = visitor.page.locator('dl > div', {hasText: 'Jobs, 30 days'}).first();
  assert.equal(await fact.getAttribute('title'), exact(summary.job30));
  assert.match(await fact.innerText(), new RegExp(`${exact(job90)} in 90 days`));
}
