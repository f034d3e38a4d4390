// Charts: slices told apart and chosen, pictures of what is made of HTML; a picker for any number.
import assert from 'node:assert/strict';

async function industries(visitor) {
  const {page} = visitor;
  await visitor.go('/customers');
  const list = page.locator('figure', {hasText: 'Customers per industry'}).locator('ul');
  const hues = await list.locator('i').evaluateAll((all) =>
    all.map((one) => getComputedStyle(one).backgroundColor),
  );
  assert.equal(hues.length, 9);
  assert.equal(new Set(hues).size, 9, `slices are alike: ${hues}`);
  for (const [width, scheme] of [[1440, 'light'], [1024, 'dark'], [390, 'light']]) {
    await page.setViewportSize({width, height: 844});
    await page.emulateMedia({colorScheme: scheme});
    await page.reload();
    await visitor.settled();
    if (width < 1440) await page.getByRole('button', {name: /^other \(/}).click();
    await visitor.accessible(`many industries ${width} ${scheme}`);
    await visitor.picture(`customers-industries-${width}-${scheme}`);
  }
  // The others are a list by now, any of which is chosen.
  await list.getByRole('button', {name: /^ind9/}).click();
  assert.equal(new URL(page.url()).hash, '#industry=ind9');
  await page.getByText('1 company', {exact: true}).waitFor();
  await list.getByRole('button', {name: 'the 8 largest'}).click();
  await page.getByText('24 companies').waitFor();
  await list.getByRole('button', {name: /^other \(/}).waitFor();
  await page.setViewportSize({width: 1440, height: 900});
}

async function pictures(visitor) {
  await visitor.go('/customers');
  await visitor.savesPicture('Employees per company');
  await visitor.go('/');
  await visitor.savesPicture('What becomes of sessions');
  await visitor.go('/jobs');
  await visitor.savesPicture('Jobs submitted in 90 days beside 30 days');
  await visitor.savesPicture('Bottom three by jobs in 90 days');
}

async function picks(visitor, room, label) {
  const {page} = visitor;
  await visitor.go(room);
  const box = page.getByRole('combobox', {name: label});
  await box.fill('ompany 17');
  await page.getByRole('option', {name: /Company 17/}).click();
  await page.waitForURL(/#tenant=c17$/);
  // By its id until its name has come.
  await page.waitForFunction(() => document.querySelector('#picker').value === 'Company 17 (c17)');
  await box.fill('');
  await page.getByText('the first 20: type more of a name').waitFor();
  await visitor.accessible(`choosing a tenant for ${room}`);
  await visitor.picture(`picker${room.replace('/', '-')}`);
  await box.fill('no such');
  await page.getByText('Nothing matches').waitFor();
  await page.keyboard.press('Escape');
}

export default async function ({visit}) {
  const visitor = await visit();
  await visitor.signIn();
  await industries(visitor);
  await pictures(visitor);
  await picks(visitor, '/users', 'People of');
  await picks(visitor, '/data', 'Data sets of');
}
