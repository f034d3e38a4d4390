// More pages than the server has streams: the page says so, reads figures by itself and heals.
import assert from 'node:assert/strict';

async function oneTooMany(visit, who, told) {
  const first = await visit();
  await first.signIn(who);
  await first.page.getByText('Live, last news').waitFor();
  const visitor = await visit({width: who.width, scheme: who.scheme});
  const {page} = visitor;
  await page.clock.install();
  await visitor.signIn(who);
  await page.getByText(told).waitFor();
  await page.getByText(/Not live, read \d+ s ago/).waitFor();
  assert.equal(await page.getByText('The server does not answer').count(), 0);
  await visitor.settled();
  await visitor.accessible('a page too many');
  await visitor.picture(`state-no-place-${who.width}-${who.scheme}`);
  const read = page.waitForRequest(/\/api\/v1\/summary$/);
  await page.clock.fastForward('00:31');
  await read;
  await first.page.close();
  const live = page.getByText('Live, last news');
  for (let answered = 0, tries = 0; tries < 30 && answered !== 200; tries += 1) {
    const stream = page.waitForResponse(/\/api\/v1\/streams\//);
    await page.clock.fastForward('00:31'); // by itself
    answered = (await stream).status();
  }
  await live.waitFor();
  await page.getByText(told).waitFor({state: 'detached'});
  visitor.expect(/429|503/);
  await page.close();
}

export default async function ({visit, given}) {
  const ann = {tenant: given.tenant, user: given.user, password: given.secret};
  await oneTooMany(visit, {...ann, width: 390, scheme: 'dark'}, /too many pages of your tenant/);
  await oneTooMany(visit, {width: 1440, scheme: 'light'}, /no place for another page/);
}
