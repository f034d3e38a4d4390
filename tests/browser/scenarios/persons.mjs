// One after the other at one browser: what was somebody's is not shown to the next, in no tab.
import assert from 'node:assert/strict';

const SECRET = 'name = "a secret of acme"\n';
const EDITOR = 'Specification, TOML or JSON';

async function leave(page) {
  await page.getByRole('button', {name: 'Sign out'}).click();
  await page.getByRole('heading', {name: 'Sign in to Tenantry'}).waitFor();
}

async function end(visitor) {
  const ended = await visitor.page.request.delete(`${visitor.url}/api/v1/sessions/current`, {
    headers: {Origin: visitor.url},
  });
  assert.equal(ended.status(), 204);
}

async function kept(page) {
  return page.evaluate(() => JSON.stringify([{...sessionStorage}, {...localStorage}]));
}

async function drafts(visit, {ann, zoe}) {
  const visitor = await visit();
  const {page} = visitor;
  const write = async () => {
    await visitor.go('/submit');
    await page.getByLabel(EDITOR).fill(SECRET);
    await page.waitForFunction(() => JSON.stringify({...sessionStorage}).includes('secret'));
  };
  const text = async () => {
    await page.waitForFunction(() => document.querySelector('textarea')?.value);
    return page.getByLabel(EDITOR).inputValue();
  };
  await visitor.signIn(ann);
  await write();
  await page.reload();
  assert.equal(await text(), SECRET, 'a draft is gone when the page is read again');
  await leave(page);
  assert.equal(new URL(page.url()).pathname, '/');
  assert.doesNotMatch(await kept(page), /acme|ann/);
  await visitor.fillIn(zoe);
  await visitor.go('/submit');
  assert.doesNotMatch(await text(), /secret/, 'after signing out');

  await leave(page);
  await visitor.fillIn(ann);
  await write();
  await end(visitor);
  await page.getByText('Your session has ended').waitFor();
  await visitor.fillIn(ann);
  assert.equal(await text(), SECRET, 'a draft is gone with the session that ended by itself');
  await end(visitor);
  await page.getByText('Your session has ended').waitFor();
  await visitor.fillIn(zoe);
  await page.waitForURL(visitor.url + '/');
  assert.doesNotMatch(await kept(page), /acme/);
  await visitor.go('/submit');
  assert.doesNotMatch(await text(), /secret/, 'after a session that ended by itself');
  visitor.errors = visitor.errors.filter((error) => !/40[01]/.test(error));
  await page.close();
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

/** The cookie is another's, and nothing told the page: it asks once `sign` is given. */
async function anotherCookie(visit, {ann}, sign) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn({at: '/jobs'});
  await who(page, {});
  await page.getByText('Live, last news').waitFor();
  const cookies = await visitor.context.cookies();
  const {tenant, user, password} = ann;
  const entered = await page.request.post(`${visitor.url}/api/v1/sessions`, {
    headers: {Origin: visitor.url},
    data: {tenantID: tenant, userID: user, password, cookie: true},
  });
  assert.equal(entered.status(), 201);
  await sign(visitor, cookies);
  await who(page, ann);
  assert.equal(new URL(page.url()).pathname, '/');
  visitor.errors = visitor.errors.filter((error) => !/40[0-9]/.test(error));
  await page.close();
}

const comesBack = ({page}) => page.evaluate(() => window.dispatchEvent(new Event('focus')));

/** The first one's session ends, and its stream with it. */
async function streamEnds({url}, cookies) {
  const Cookie = cookies.map(({name, value}) => `${name}=${value}`).join('; ');
  const headers = {Cookie, Origin: url};
  const ended = await fetch(`${url}/api/v1/sessions/current`, {method: 'DELETE', headers});
  assert.equal(ended.status, 204);
}

async function reservedName(visit, {ann}) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn(ann);
  await visitor.go('/data');
  await page.getByRole('button', {name: 'Look into order'}).click();
  const answer = page.getByRole('region', {name: 'Answer'});
  await answer.locator('tbody tr').first().waitFor();
  assert.equal(await answer.locator('tbody tr').count(), 3);
  await visitor.go('/submit');
  await page.getByText('It would run').waitFor();
  assert.match(await page.getByLabel(EDITOR).inputValue(), /FROM "order"/);
  await page.getByRole('button', {name: 'Submit'}).click();
  await page.locator('header [data-status="succeeded"]').waitFor();
}

const parts = {
  drafts,
  twoTabs,
  comesBack: (visit, given) => anotherCookie(visit, given, comesBack),
  streamEnds: (visit, given) => anotherCookie(visit, given, streamEnds),
  reservedName,
};

export default async function ({visit, given}) {
  for (const [name, part] of Object.entries(parts)) {
    if (!given.only || given.only === name) await part(visit, given);
  }
}
