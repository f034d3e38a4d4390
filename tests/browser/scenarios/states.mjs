// Loading, failing, an ended session, a dead server that comes back, another version of the page.
import assert from 'node:assert/strict';
import net from 'node:net';

/** Stands before the server, so that it can die and come back at one address. */
class Gate {
  sockets = new Set();

  constructor(url) {
    this.target = new URL(url);
  }

  async open(port = 0) {
    this.server = net.createServer((socket) => {
      const on = net.connect(Number(this.target.port), this.target.hostname);
      for (const one of [socket, on]) {
        this.sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => this.sockets.delete(one));
      }
      socket.pipe(on);
      on.pipe(socket);
      socket.on('close', () => on.destroy());
      on.on('close', () => socket.destroy());
    });
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    return `http://127.0.0.1:${this.port}`;
  }

  async close() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

async function loadingAndFailing(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  let release = () => undefined;
  await page.route('**/api/v1/summary', async (route) => {
    await new Promise((resolve) => (release = resolve));
    await route.fulfill({
      status: 500,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'about:blank', title: 'Internal', status: 500, detail: 'planted', requestID: 'r-17',
      }),
    });
  });
  await page.goto(visitor.url + '/');
  await page.waitForSelector('.cards .skeleton');
  await visitor.accessible('loading');
  await visitor.picture('state-loading');
  release();
  await page.getByText('planted').waitFor();
  assert.match(await visitor.text('main'), /Request\s+r-17/);
  await visitor.accessible('failing');
  await visitor.picture('state-failing');
  await page.unroute('**/api/v1/summary');
  await page.getByRole('button', {name: 'Try again'}).click();
  await page.waitForSelector('[data-question="5"]');
  visitor.expect(/500/);
}

async function endedSession(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/customers#sort=job90');
  const ended = await page.request.delete(`${visitor.url}/api/v1/sessions/current`, {
    headers: {Origin: visitor.url},
  });
  assert.equal(ended.status(), 204);
  // Nobody touches the page.
  await page.getByText('Your session has ended').waitFor();
  assert.equal(await page.getByText('The server does not answer').count(), 0);
  await visitor.accessible('an ended session');
  await visitor.picture('state-session-ended');
  await visitor.fillIn();
  await page.getByRole('heading', {name: 'Customers', exact: true}).waitFor();
  assert.equal(new URL(page.url()).hash, '#sort=job90');
  visitor.expect(/401/);
}

async function wrongPassword(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await page.goto(visitor.url + '/');
  await page.getByLabel('User', {exact: true}).fill('admin');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', {name: 'Sign in'}).click();
  await page.getByText('the user or the password is wrong').waitFor();
  assert.equal(await page.getByLabel('Password').inputValue(), '');
  visitor.expect(/401/);
}

async function deadServer(visit, given) {
  const gate = new Gate(given.url);
  const visitor = await visit({url: await gate.open()});
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/');
  await page.getByText('Live, last news').waitFor();
  const before = await page.locator('[data-question="1"] .value').innerText();
  await gate.close();
  await page.getByRole('alert').getByText('The server does not answer').waitFor();
  // What was read stays.
  assert.equal(await page.locator('[data-question="1"] .value').innerText(), before);
  await visitor.accessible('a dead server');
  await visitor.picture('state-server-dead');
  await gate.open(gate.port);
  await page.getByText('Live, last news').waitFor();
  await page.getByText('The server does not answer').waitFor({state: 'detached'});
  await page.close();
  await gate.close();
  visitor.errors = visitor.errors.filter((error) => !/ERR_|Failed to load/.test(error));
}

const comesBack = (page) => page.evaluate(() => window.dispatchEvent(new Event('focus')));

/** By which the server hears at last of one who left while it did not answer. */
const TELLS = {
  opened: ({page}) => page.reload(),
  returned: ({page}) => comesBack(page),
  patient: ({page}) => page.clock.fastForward('00:31'),
  entering: ({visitor}) => visitor.fillIn(), // before the next one enters
  deaf: ({other}) => comesBack(other), // a tab that did not hear it from the other
};
const HEARS_NOTHING = () =>
  window.addEventListener('storage', (event) => event.stopImmediatePropagation(), true);

async function leavesDeadServer(visit, given, tells) {
  const gate = new Gate(given.url);
  const visitor = await visit({url: await gate.open(), width: 390, height: 844});
  const {page, context} = visitor;
  await page.clock.install();
  await visitor.signIn();
  await visitor.go('/customers#sort=job90');
  const other = await context.newPage();
  if (tells === TELLS.deaf) await other.addInitScript(HEARS_NOTHING);
  await other.goto(`${visitor.url}/jobs`);
  await other.getByRole('heading', {name: 'Jobs', exact: true}).first().waitFor();
  await gate.close();
  await page.getByRole('button', {name: 'Sign out'}).click();
  await page.getByText('signed out on this page, but the server could not be told').waitFor();
  assert.equal(await page.locator('nav').count(), 0);
  assert.equal(page.url(), `${visitor.url}/`);
  await visitor.accessible('signed out of a dead server');
  await visitor.picture('state-signed-out-dead-390');
  const signIn = {name: 'Sign in to Tenantry'};
  if (tells !== TELLS.deaf) await other.getByRole('heading', signIn).waitFor();
  await gate.open(gate.port);
  const ends = context.waitForEvent('response', (one) => one.request().method() === 'DELETE');
  await tells({visitor, page, other});
  const end = await ends;
  assert.equal(end.status(), 204, 'the server hears of it now');
  assert.equal(end.frame().page(), tells === TELLS.deaf ? other : page);
  await page.getByText('the server could not be told').waitFor({state: 'detached'});
  if (tells !== TELLS.entering) {
    await other.getByRole('heading', signIn).waitFor();
    await page.reload();
    await page.getByRole('heading', signIn).waitFor();
    await page.getByText('ended').waitFor({state: 'detached'}); // somebody left, nothing timed out
    await visitor.fillIn();
  }
  await other.close();
  await page.reload();
  await page.getByRole('navigation').first().waitFor(); // and stays signed in
  await page.close();
  await gate.close();
  visitor.errors = visitor.errors.filter((error) => !/ERR_|Failed to load/.test(error));
}

/** One that takes the sign-out and says nothing. */
async function leavesSilentServer(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  const current = '**/api/v1/sessions/current';
  await page.route(current, (route) => route.request().method() === 'DELETE' || route.continue());
  const unheard = page.getByText('signed out on this page, but the server could not be told');
  const asked = page.waitForRequest((one) => one.method() === 'DELETE');
  await page.getByRole('button', {name: 'Sign out'}).click();
  await asked;
  await page.locator('nav').waitFor({state: 'detached'});
  assert.equal(await unheard.count(), 0, 'what was shown goes before the server says anything');
  await unheard.waitFor();
  await page.unroute(current);
  const heard = page.waitForResponse((one) => one.request().method() === 'DELETE');
  await comesBack(page);
  assert.equal((await heard).status(), 204);
  await unheard.waitFor({state: 'detached'});
  await page.close();
  visitor.errors = visitor.errors.filter((error) => !/ERR_|Failed to load/.test(error));
}

/** The cookie is gone when the page is opened again. */
async function endedMeanwhile(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await page.goto('about:blank');
  await visitor.context.clearCookies();
  await page.goto(`${visitor.url}/customers`);
  await page.getByText('Your session has ended').waitFor();
  await page.reload();
  await page.getByRole('heading', {name: 'Sign in to Tenantry'}).waitFor();
  assert.equal(await page.getByText('Your session has ended').count(), 0, 'told again and again');
  visitor.expect(/401/);
}

async function anotherVersion(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/');
  // After an upgrade the files of this build are gone.
  await page.route('**/assets/Customers-*', (route) => route.fulfill({status: 404, body: ''}));
  await page.getByRole('link', {name: 'Customers', exact: true}).click();
  await page.getByText('A newer version of this page is here').waitFor();
  await visitor.picture('state-newer-version');
  await page.unroute('**/assets/Customers-*');
  await page.getByRole('status').getByRole('button', {name: 'Reload'}).click();
  await page.getByText('All customers').waitFor();
  visitor.errors = visitor.errors.filter((error) => !/404|preload|dynamically/i.test(error));
}

async function leftAlone(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await page.clock.install();
  await visitor.signIn();
  await visitor.go('/');
  await page.getByText('Live, last news').waitFor();
  await page.clock.fastForward('16:00');
  await page.getByText('Paused: nobody was here').waitFor();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.clock.fastForward('30:00');
  assert.deepEqual(asked, [], 'a page that nobody looks at asks');
  await visitor.accessible('a page left alone');
  await visitor.picture('state-paused');
  await page.mouse.move(300, 300);
  await page.getByText('Live, last news').waitFor();
  assert.ok(asked.some((url) => url.endsWith('/api/v1/summary')));
  await page.close();
}

export default async function ({visit, given}) {
  await leftAlone(visit);
  await loadingAndFailing(visit);
  await endedSession(visit);
  await wrongPassword(visit);
  await deadServer(visit, given);
  for (const tells of Object.values(TELLS)) await leavesDeadServer(visit, given, tells);
  await leavesSilentServer(visit);
  await endedMeanwhile(visit);
  await anotherVersion(visit);
}
