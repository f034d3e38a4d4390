// One after the other at one browser: what was somebody's is not shown to the next, in no tab.
import assert from 'node:assert/strict';


async function leave(page) {
  await page.getByRole('button', {name: 'Sign out'}).click();
  await page.getByRole('heading', {name: 'Sign in to Tenantry'}).waitFor();
}

async function who(page, {tenant, user = 'admin'}) {
  const shown = page.locator('nav .who', {hasText: tenant ? `of ${tenant}` : 'operator'});
  await shown.getByText(user, {exact: true}).waitFor();
}

async function twoTabs(visit, {ann}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn({at: '/customers'});
  await who(page, {});
  const other = await visitor.context.newPage();
  await other.goto(visitor.url + '/');
  await who(other, {});
  await leave(other);
  await page.getByText('Your session has ended').waitFor();
  await visitor.fillIn(ann, other);
  await who(other, ann);
  await who(page, ann);
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await page.getByRole('link', {name: 'Customers', exact: true}).count(), 0);
  await other.close();
  visitor.errors = visitor.errors.filter((error) => !/40[0-9]/.test(error));
  await page.close();
}

/** The cookie is another's, and nothing told the page: it asks when somebody comes back to it. */
async function anotherCookie(visit, {ann}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn({at: '/jobs'});
  await who(page, {});
  const {tenant, user, password} = ann;
  const entered = await page.request.post(`${visitor.url}/api/v1/sessions`, {
    headers: {Origin: visitor.url},
    data: {tenantID: tenant, userID: user, password, cookie: true},
  });
  assert.equal(entered.status(), 201);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await who(page, ann);
  assert.equal(new URL(page.url()).pathname, '/');
  visitor.errors = visitor.errors.filter((error) => !/40[0-9]/.test(error));
  await page.close();
}

const parts = {twoTabs, anotherCookie};

export default async function ({visit, given}) {
  for (const [name, part] of Object.entries(parts)) {
    if (!given.only || given.only === name) await part(visit, given);
  }
}
