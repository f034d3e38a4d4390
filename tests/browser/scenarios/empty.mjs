// A server that knows nothing yet teaches what to do; then numbers move by themselves.
import assert from 'node:assert/strict';

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await page.getByText('Nothing has happened yet').waitFor();
  await visitor.accessible('empty');
  await visitor.picture('state-empty');
  await visitor.go('/customers');
  await page.getByText('No customers yet').waitFor();
  await visitor.go('/jobs');
  await page.getByText('Live, last news').waitFor();
  await visitor.go('/');
  const answer = await page.request.post(`${visitor.url}/api/v1/events`, {
    headers: {Origin: visitor.url, 'Content-Type': 'application/cloudevents+json'},
    data: JSON.stringify({
      specversion: '1.0', id: 'e1', source: '/s', type: 'io.tenantry.user.logged_in',
      time: new Date().toISOString(), tenantid: given.tenant,
      data: {userID: 'ann', sessionID: 's1'},
    }),
  });
  assert.equal(answer.status(), 202);
  // Without a reload.
  await page.waitForFunction(
    () => document.querySelector('[data-question="1"] .value')?.textContent === '1',
  );
}
