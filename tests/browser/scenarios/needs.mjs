// What needs somebody, where there are more than fit a page of any list.
import assert from 'node:assert/strict';

export default async function ({visit, given}) {
  const visitor = await visit();
  await visitor.signIn();
  await visitor.go('/');
  const {page} = visitor;
  const rows = (heading) =>
    page.locator(`h3:has-text("${heading}") + ul > li`).evaluateAll((list) =>
      list.map((row) => [
        decodeURIComponent(row.querySelector('a').pathname.split('/').at(-1)),
        row.querySelector('.number').textContent,
      ]),
    );
  const asked = await visitor.api('/api/v1/questions/2?limit=5');
  assert.deepEqual(
    await rows('Idle after login'),
    asked.answer.map((one) => [one.tenantID, `${Math.round((100 * one.idle) / one.sessions)} %`]),
  );
  assert.deepEqual(asked.answer.map((one) => one.tenantID), given.idle);
  await page.getByRole('link', {name: `all ${given.idleTotal}`}).waitFor();
  assert.deepEqual(await rows('Jobs failing'), given.failing);

  const first = page.locator('h3:has-text("Idle after login") + ul > li').first();
  assert.equal(await page.getByText('taken on').count(), 0);
  assert.equal(await page.getByRole('button', {name: /^Take on/}).count(), given.idle.length);
  await first.getByRole('button', {name: /^Take on/}).click();
  await first.getByText('taken on').waitFor();
  assert.equal(await page.getByText('taken on').count(), 1);
  await visitor.go('/');
  assert.equal(await page.getByText('taken on').count(), 1);
  await visitor.accessible('what needs somebody');
}
