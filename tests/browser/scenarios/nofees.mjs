// One customer of whom little is known: what is not known is no zero, and one is no plural.
import assert from 'node:assert/strict';

export default async function ({visit, given}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/customers');
  const main = () => visitor.text('main');
  assert.equal((await main()).match(/no fees known/g)?.length, 2);
  assert.equal(await page.locator('figure p.muted', {hasText: 'No fees known.'}).count(), 2);
  for (const at of ['/customers', `/customers/${given.tenant}`, '/', '/jobs']) {
    await visitor.go(at);
    assert.doesNotMatch(await main(), /€ 0/, at);
    await visitor.singular(at);
  }
  await visitor.go('/');
  assert.match(await main(), /risk of all customers is not known/);
  assert.doesNotMatch(await main(), /nobody is at high risk/);
  await visitor.go(`/customers/${given.tenant}`);
  assert.equal((await main()).match(/no fee known/g)?.length, 2);
  assert.match(await main(), /Nothing was raised/);
  await visitor.picture('state-little-known');
}
