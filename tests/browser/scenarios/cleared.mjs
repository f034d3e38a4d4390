// What was raised and no longer holds is nobody's; and what nothing needs somebody for is told.
import assert from 'node:assert/strict';

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go(`/customers/${given.tenant}`);
  const [raised] = (await visitor.api('/api/v1/notifications')).items;
  assert.equal(raised.status, 'cleared');
  const heading = page.getByRole('heading', {name: 'Notifications'});
  const row = page.locator('figure', {has: heading}).locator('li');
  const since = raised.cleared.slice(0, 16).replace('T', ' ');
  await row.getByText(`no longer holds since ${since}`).waitFor();
  assert.equal(await page.getByText('taken on by').count(), 0);
  const rows = await visitor.tableOf('Notifications');
  assert.deepEqual(rows.map((one) => one.slice(3)), [['cleared', '', raised.cleared]]);
  await visitor.accessible('a customer with what no longer holds');
  await visitor.picture('customer-cleared');
  await visitor.go('/');
  await page.getByText(/Nothing needs you: .*with 3 sessions or more idled in half/).waitFor();

  const own = await visit({width: 390, height: 844, scheme: 'dark'});
  await own.signIn({tenant: given.few, user: 'zoe', password: given.secret});
  await own.settled();
  // Her own session is counted a moment after she has signed in.
  const few = /^Nothing needs you.*2 sessions are too few to tell who idles \(it takes 3\)/;
  await own.page.getByText(few).waitFor();
  await own.accessible('nothing needs a tenant of few sessions');
  await own.picture('today-few-sessions-390');
}
