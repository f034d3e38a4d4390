// People: added, given another role and password, removed; a tenant's own people see theirs alone.
import assert from 'node:assert/strict';

async function manage(visit, given) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go(`/users#tenant=${given.tenant}`);
  await page.getByText('Nobody yet').waitFor();
  await page.getByRole('button', {name: 'Add a user'}).click();
  const dialog = page.getByRole('dialog');
  await visitor.accessible('adding a user');
  await dialog.getByLabel('User', {exact: true}).fill('ann <b>');
  await dialog.getByLabel('Password').fill('long enough 1');
  await dialog.getByRole('button', {name: 'Add'}).click();
  await page.getByText('ann <b> was added.').waitFor();
  await page.getByLabel('Role of ann <b>').selectOption('tenant_admin');
  await page.getByText('ann <b> is tenant_admin now.').waitFor();
  await page.getByRole('button', {name: 'Give ann <b> a password'}).click();
  await visitor.accessible('a new password');
  await dialog.getByLabel('New password').fill('long enough 2');
  await dialog.getByRole('button', {name: 'Change'}).click();
  await page.getByText('ann <b> has a new password').waitFor();
  await visitor.accessible('users');
  await page.setViewportSize({width: 390, height: 844});
  await visitor.accessible('users at 390 pixels');
  await visitor.picture('users-of-tenant-390');
}

async function ownTenant(visit, given) {
  const visitor = await visit({width: 1024});
  const {page} = visitor;
  await visitor.signIn({tenant: given.tenant, user: 'ann <b>', password: 'long enough 2'});
  await visitor.settled();
  assert.equal(await page.getByRole('link', {name: 'Customers', exact: true}).count(), 0);
  await visitor.picture('tenant-today');
  await visitor.accessible("a tenant's today");
  await page.getByRole('link', {name: 'Use', exact: true}).first().click();
  await visitor.settled();
  assert.ok(page.url().endsWith(`/customers/${given.tenant}`));
  await visitor.picture('tenant-use');
  await visitor.accessible("a tenant's use");
  const list = await visitor.api('/api/v1/companies?sort=name');
  assert.deepEqual(list.items.map((one) => one.tenantID), [given.tenant]);
  await page.goto(`${visitor.url}/customers/${given.other}`);
  await page.getByText(`there is no tenant '${given.other}'`).first().waitFor();
  assert.match(await visitor.text('main'), /Request\s+\S+: name it/);
  visitor.expect(/404/);
  await page.getByRole('button', {name: 'Sign out'}).click();
  await page.getByRole('heading', {name: 'Sign in to Tenantry'}).waitFor();
}

async function remove(visit, given) {
  const visitor = await visit({width: 390, height: 844});
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go(`/users#tenant=${given.tenant}`);
  await page.getByRole('button', {name: 'Remove ann <b>'}).click();
  const dialog = page.getByRole('dialog');
  const button = dialog.getByRole('button', {name: 'Remove'});
  assert.ok(await button.isDisabled());
  await visitor.accessible('removing a user');
  await dialog.getByLabel("Type the user's name to go on").fill('ann <b>');
  await button.click();
  await page.getByText('ann <b> was removed.').waitFor();
  await page.getByText('Nobody yet').waitFor();
}

export default async function ({visit, given}) {
  await manage(visit, given);
  await ownTenant(visit, given);
  await remove(visit, given);
}
