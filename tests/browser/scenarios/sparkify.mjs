// A real log's figures on the page: those of the oracle.
import assert from 'node:assert/strict';
import {exact} from '../visitor.mjs';

export default async function ({visit, given}) {
  const visitor = await visit();
  await visitor.signIn();
  await visitor.go('/');
  const {page} = visitor;
  const card = (number) =>
    page.locator(`[data-question="${number}"] .figure`).getAttribute('title');
  assert.equal(await card(1), `${exact(given.sums.logins30)} logins`);
  assert.equal(await card(3), `${exact(given.sums.dataBytes)} B`);
  assert.equal(await card(4), `${exact(given.sums.ran30)} batches`);
  assert.equal(await card(5), `${exact(given.quiet)} customers`);
  const idle = await page.locator('[data-question="2"] .detail').innerText();
  const {idleSessions30, sessions30} = given.sums;
  assert.ok(idle.startsWith(`${exact(idleSessions30)} of ${exact(sessions30)} sessions`), idle);
  const days = await visitor.tableOf('Logins, data events and jobs per day');
  assert.equal(days.length, 30);
  const nothing = ['0', '0', '0', '0'];
  for (const [day, ...counts] of days) assert.deepEqual(counts, given.days[day] ?? nothing, day);

  await visitor.go(`/customers/${encodeURIComponent(given.tenant)}`);
  const own = await visitor.tableOf('Jobs submitted and batches run per day');
  for (const [day, jobs] of own) assert.equal(jobs, given.jobsByDay[day] ?? '0', day);
}
