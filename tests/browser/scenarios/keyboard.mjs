// By keyboard alone: an analyst takes on what was raised, a scientist submits a job and cancels it.
import assert from 'node:assert/strict';

async function signIn(visitor, {tenant, user, password}) {
  const {page} = visitor;
  await page.goto(visitor.url + '/');
  await page.waitForSelector('form');
  await visitor.reach(/^Operator$/);
  if (tenant) {
    await page.keyboard.press('ArrowDown');
    await visitor.reach(/^Tenant$/);
    await page.keyboard.type(tenant);
  }
  await visitor.reach(/^User$/);
  await page.keyboard.type(user);
  await visitor.reach(/^Password$/);
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav');
}

async function press(visitor, name) {
  await visitor.reach(name);
  await visitor.page.keyboard.press('Enter');
}

async function signOut(visitor) {
  await press(visitor, /^Sign out$/);
  await visitor.page.getByRole('heading', {name: 'Sign in to Tenantry'}).waitFor();
}

async function takesOn(visit, given) {
  const visitor = await visit();
  const {page} = visitor;
  await signIn(visitor, {user: 'bea', password: given.secret});
  await press(visitor, /^Customers$/);
  await page.getByText('All customers').waitFor();
  await visitor.settled();
  await visitor.reach(/^Search name/);
  await page.keyboard.type('acme');
  await page.getByText('1 company', {exact: true}).waitFor();
  await press(visitor, /^Acme Outfitters$/);
  await page.getByRole('heading', {name: 'Acme Outfitters'}).waitFor();
  await visitor.settled();
  await press(visitor, /^Take on: Idle after login/);
  await page.getByText('taken on by bea').waitFor();
  assert.match(await visitor.focused(), /taken on by bea/);
  await visitor.accessible('a customer with what was raised');
  await visitor.picture('customer-taken-on');
  const of = await visitor.api(`/api/v1/notifications?tenant=${given.tenant}`);
  assert.deepEqual(of.items.map((one) => [one.rule, one.status]), [
    ['idle_after_login', 'acknowledged'],
  ]);
  await signOut(visitor);
}

async function submitsAndCancels(visit, given) {
  const visitor = await visit();
  const {page} = visitor;
  await signIn(visitor, {tenant: given.tenant, user: given.scientist, password: given.secret});
  await press(visitor, /^Jobs$/);
  await page.getByRole('heading', {name: 'Jobs', exact: true}).waitFor();
  await visitor.settled();
  await press(visitor, /^New job$/);
  await visitor.reach(/^Specification/);
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(JSON.stringify(given.endless));
  await page.getByText('It would run').waitFor();
  await press(visitor, /^Submit$/);
  await page.waitForURL(/\/jobs\/j/);
  await press(visitor, /^Cancel job$/);
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.equal(await visitor.focused(), 'Keep it');
  await page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
  assert.equal(await visitor.focused(), 'Cancel job');
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  await press(visitor, /^Cancel the job$/);
  await page.locator('header [data-status="cancelled"]').waitFor();
  assert.equal(await visitor.focused(), 'Resume');
  await signOut(visitor);
}

export default async function ({visit, given}) {
  await takesOn(visit, given);
  await submitsAndCancels(visit, given);
}
