// Addresses that lead nowhere: a page that says so and where to go; scripts get a problem.
import assert from 'node:assert/strict';

export default async function ({visit}) {
  const visitor = await visit();
  const {page} = visitor;
  const answer = await page.goto(`${visitor.url}/foo/bar?a=1#x`);
  assert.equal(answer.status(), 404);
  assert.match(answer.headers()['content-type'], /^text\/html/);
  await visitor.fillIn();
  await page.getByRole('heading', {name: 'There is no such room'}).waitFor();
  assert.match(await visitor.text('main'), /nothing at \/foo\/bar/);
  await visitor.accessible('an unknown address');
  await visitor.picture('state-nowhere');
  await page.getByRole('main').getByRole('link', {name: 'Customers'}).click();
  await page.getByRole('heading', {name: 'All customers'}).waitFor();

  for (const [address, status] of [['/customers/%ff', 400], ['/customers/a/b', 404]]) {
    const other = await page.goto(visitor.url + address);
    assert.equal(other.status(), status);
    await page.getByRole('heading', {name: 'There is no such room'}).waitFor();
  }
  assert.equal((await page.goto(`${visitor.url}/customers/nope`)).status(), 200);
  await page.getByText("there is no tenant 'nope'").first().waitFor();
  await visitor.accessible('an unknown customer');
  await page.getByRole('main').getByRole('link', {name: 'All customers'}).click();
  await page.getByRole('heading', {name: 'All customers'}).waitFor();
  await page.goto(`${visitor.url}/jobs/nope`);
  await page.getByRole('main').getByRole('link', {name: 'All jobs'}).waitFor();
  visitor.expect(/40[04]/);

  for (const address of ['/api/v1/foo', '/api/', '/foo']) {
    const problem = await page.request.get(visitor.url + address, {
      headers: {Accept: address === '/foo' ? 'application/json' : 'text/html'},
    });
    assert.equal(problem.status(), 404, address);
    assert.equal(problem.headers()['content-type'], 'application/problem+json', address);
  }
}
