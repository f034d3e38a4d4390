// A data scientist: who waits for what, a job's parts, cancelling, writing one, data and questions.
import assert from 'node:assert/strict';

const FAULTY = `name = "visits a day"

[[steps]]
name = "seen"
kind = "laod"
sql = "SELECT * FROM orders"

[[steps]]
name = "sum"
kind = "process"
sql = """
SELECT country,
  sum(nothing) AS amount
FROM seen GROUP BY country"""

[[steps]]
name = "keep"
kind = "persist"
dataSet = "visits"
after = ["sum"]
`;

async function watches(visitor, given) {
  const {page} = visitor;
  await visitor.go('/jobs');
  const heading = page.getByRole('heading', {name: 'Running and waiting'});
  const queue = page.locator('section', {has: heading});
  await queue.getByText('All pairs of orders').waitFor();
  const why = await visitor.api(`/api/v1/jobs/${given.jobs.queued}/why`);
  await queue.getByText(why.why.split(';')[0]).first().waitFor();
  assert.equal(await queue.locator('li').count(), 3);
  const list = await visitor.api('/api/v1/jobs');
  const names = page.getByRole('region', {name: 'Jobs'}).locator('tbody th');
  assert.deepEqual(
    (await names.allTextContents()).map((one) => one.trim()),
    list.items.map((one) => one.name.trim()),
  );
  const states = page.getByRole('group', {name: 'Only jobs in one state'});
  await states.getByRole('button', {name: 'failed'}).click();
  await page.waitForFunction(() => document.querySelectorAll('section tbody tr').length === 1);
  assert.match(page.url(), /status=failed/);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll('section tbody tr').length === 5);
}

async function looksAtOne(visitor, given) {
  const {page} = visitor;
  await visitor.go(`/jobs/${given.jobs.succeeded}`);
  const job = await visitor.api(`/api/v1/jobs/${given.jobs.succeeded}`);
  const rows = await visitor.tableOf('Steps');
  assert.deepEqual(
    rows.map((row) => [row[0], row[2], row[3], row[6].replaceAll(',', '')]),
    job.steps.map((step) => [step.name, step.after.join(' '), step.status, String(step.use.rows)]),
  );
  await page.locator('path.edge').first().waitFor();
  assert.equal(
    await page.locator('path.edge').count(),
    job.steps.reduce((sum, step) => sum + step.after.length, 0),
  );
  await visitor.savesPicture('Steps');
  await visitor.savesPicture('Timeline');
  await page.getByRole('button', {name: /^joined/}).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'Step joined'}).waitFor();
  assert.match(page.url(), /#step=joined$/);
  const query = page.getByRole('region', {name: 'Query of the step'});
  assert.match(await query.innerText(), /FROM paid JOIN people/);
  const log = await visitor.api(`/api/v1/jobs/${given.jobs.succeeded}/logs`);
  assert.equal(await page.getByRole('log').locator('p').count(), log.items.length);

  await visitor.go(`/jobs/${given.jobs.failed}`);
  const failed = await visitor.api(`/api/v1/jobs/${given.jobs.failed}`);
  assert.ok((await page.locator('.note pre').innerText()).includes(failed.error.split('\n')[0]));
  await page.getByRole('heading', {name: 'Step basket'}).waitFor(); // what failed is shown first
  await page.getByRole('button', {name: 'Resume'}).waitFor();
}

async function cancels(visitor, given) {
  const {page} = visitor;
  // One that waits is looked at: it begins and ends by itself once the way is free.
  await visitor.go(`/jobs/${given.jobs.running}`);
  await page.getByRole('button', {name: 'Cancel job'}).click();
  const dialog = page.getByRole('dialog');
  await visitor.accessible('cancelling');
  await dialog.getByRole('button', {name: 'Keep it'}).click();
  assert.equal((await visitor.api(`/api/v1/jobs/${given.jobs.running}`)).cancelRequested, false);
  const other = await visitor.context.newPage();
  await other.goto(`${visitor.url}/jobs/${given.jobs.queued}`);
  await other.getByText('Why it waits').waitFor();
  await page.getByRole('button', {name: 'Cancel job'}).click();
  await dialog.getByRole('button', {name: 'Cancel the job'}).click();
  await page.locator('header [data-status="cancelled"]').waitFor();
  await other.locator('header [data-status="succeeded"]').waitFor();
  await other.getByRole('log').getByText('version 2 of revenue_by_country').waitFor();
  await other.close();
  await page.getByRole('button', {name: 'Resume'}).click();
  await page.locator('header [data-status="running"], header [data-status="queued"]').waitFor();
  await page.getByRole('button', {name: 'Cancel job'}).click();
  await dialog.getByRole('button', {name: 'Cancel the job'}).click();
  await page.locator('header [data-status="cancelled"]').waitFor();
}

async function writes(visitor) {
  const {page} = visitor;
  await visitor.go('/jobs');
  await page.getByRole('link', {name: 'New job'}).click();
  const editor = page.getByLabel('Specification, TOML or JSON');
  await page.getByText('It would run').waitFor();
  await editor.fill(FAULTY);
  await page.getByText("there is no kind 'laod'; did you mean 'load'?").waitFor();
  await page.getByRole('button', {name: 'line 5'}).click();
  const selected = () =>
    editor.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(await selected(), 'kind = "laod"');
  await visitor.accessible('a faulty job');
  await visitor.picture('submit-faulty');
  const refused = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/jobs'));
  await page.getByRole('button', {name: 'Submit'}).click();
  assert.equal((await refused).status(), 400);
  await page.getByText("there is no kind 'laod'").waitFor();
  visitor.expect(/400/);
  await editor.fill(FAULTY.replace('laod', 'load'));
  // The fault is in the third line of the query, which begins at line 11.
  await page.getByText('nothing').first().waitFor();
  await page.getByRole('button', {name: /^line 1[13]$/}).click();
  assert.match(await page.locator('#found li').first().innerText(), /sum: \S.*nothing/s);
  await editor.fill(FAULTY.replace('laod', 'load').replace('nothing', 'amount'));
  await page.getByText('It would run').waitFor();
  await page.getByRole('button', {name: 'Submit'}).click();
  await page.waitForURL(/\/jobs\/j/);
  await page.locator('header [data-status="succeeded"]').waitFor();
}

async function asks(visitor, given) {
  const {page} = visitor;
  await page.getByRole('link', {name: 'Data', exact: true}).click();
  await visitor.settled();
  const sql = page.getByLabel('SQL query');
  await sql.fill('SELECT country, count(*) AS n FROM orders GROUP BY country ORDER BY country');
  await sql.press('Control+Enter');
  const answer = page.getByRole('region', {name: 'Answer'});
  await answer.locator('tbody tr').first().waitFor();
  const cells = await answer.locator('tbody td').allTextContents();
  assert.deepEqual(cells.filter((_, at) => at % 2 === 0), ['BR', 'DE', 'FR', 'JP', 'US']);
  assert.equal(cells.filter((_, at) => at % 2).reduce((sum, one) => sum + Number(one), 0), 5000);
  const exactly = [
    ['123456789012345.678901::DECIMAL(21,6)', '123456789012345.678901'],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['1.10::DECIMAL(3,2)', '1.10'],
    ['5::DECIMAL(38,0)', '5'],
    ['-0.5::DECIMAL(9,4)', '-0.5000'],
    ['[9007199254740993]', '[9007199254740993]'],
    [`{'a, "b': 'x } ]', 'c': NULL}`, '{"a, \\"b":"x } ]","c":null}'],
    [`'a "quoted\\ text'`, 'a "quoted\\ text'],
    ['NULL', 'NULL'],
  ];
  await sql.fill(`SELECT ${exactly.map(([value], at) => `${value} AS c${at}`).join(', ')}`);
  await page.getByRole('button', {name: 'Run'}).click();
  await answer.getByText('c8').waitFor();
  const shown = await answer.locator('tbody td').allTextContents();
  assert.deepEqual(shown, exactly.map(([, text]) => text));
  await sql.fill('SELECT nope FROM orders');
  await page.getByRole('button', {name: 'Run'}).click();
  await page.getByText('Referenced column "nope" not found').waitFor();
  visitor.expect(/400/);
  await sql.fill('SELECT range AS n FROM range(2000)');
  await page.getByRole('button', {name: 'Run'}).click();
  await page.getByText('the first 500 of 2,000 rows').waitFor();
  assert.equal(await answer.locator('tbody tr').count(), 500);

  const field = page.getByLabel('File', {exact: true});
  const bring = (name, text) =>
    field.setInputFiles({name, mimeType: 'text/csv', buffer: Buffer.from(text)});
  await bring('visits 2026.csv', given.file);
  assert.equal(await page.getByLabel('Name in SQL').inputValue(), 'visits_2026');
  await page.getByRole('button', {name: 'Bring it'}).click();
  await page.getByText('visits_2026 is there, version 1.').waitFor();
  await page.getByRole('button', {name: 'Look into visits_2026'}).click();
  await page.getByText('2 rows').first().waitFor();
  await bring('bad.csv', 'a,b\n1,2\n3,4,5\n');
  await page.getByRole('button', {name: 'Bring it'}).click();
  await page.getByText('It was not taken').waitFor();
  await visitor.accessible('a file that was not taken');
  await page.getByRole('button', {name: 'Delete visits_2026'}).click();
  const dialog = page.getByRole('dialog');
  await visitor.accessible('deleting a data set');
  await dialog.getByLabel('Type its name to go on').fill('visits_2026');
  await dialog.getByRole('button', {name: 'Delete'}).click();
  await page.getByText('visits_2026 was deleted.').waitFor();
}

async function analystSeesOnly(visit, given) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn({user: 'bea', password: given.secret});
  await visitor.go('/jobs');
  assert.equal(await page.getByRole('link', {name: 'New job'}).count(), 0);
  await visitor.go('/submit');
  await page.getByText("Jobs are submitted by a tenant's own people").waitFor();
  assert.doesNotMatch(await visitor.text('main'), /cancel|resume/, 'what an analyst may not');
  await visitor.go(`/jobs/${given.jobs.failed}`);
  assert.equal(await page.getByRole('button', {name: 'Resume'}).count(), 0);
  assert.doesNotMatch(await visitor.text('main'), /resume/, 'what an analyst may not');
  await visitor.go(`/data#tenant=${given.tenant}`);
  await page.getByText('revenue_by_country').first().waitFor();
  assert.equal(await page.getByLabel('SQL query').count(), 0);
  await visitor.accessible("an analyst's view of data sets");
  await visitor.go(`/jobs/${given.jobs.hostile}`);
  assert.equal((await page.locator('main h1').textContent()).trim(), given.hostile.trim());
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
}

// The operator's administrator, who may do everything but read a tenant's data.
async function operatorSubmitsNothing(visit) {
  const visitor = await visit();
  const {page} = visitor;
  await visitor.signIn();
  await visitor.go('/jobs');
  assert.equal(await page.getByRole('link', {name: 'New job'}).count(), 0);
  await page.setViewportSize({width: 1024, height: 768}); // the tenant's column, too
  const list = page.getByRole('region', {name: 'Jobs', exact: true});
  assert.equal(await list.evaluate((one) => one.scrollWidth - one.clientWidth), 0);
  await visitor.go('/submit');
  await page.getByText("Jobs are submitted by a tenant's own people").waitFor();
  assert.match(await visitor.text('main'), /cancel and resume them/);
  assert.equal(await page.getByRole('button', {name: 'Submit'}).count(), 0);
  await visitor.accessible("an operator's page of a new job");
}

export default async function ({visit, given}) {
  const visitor = await visit();
  await visitor.signIn({tenant: given.tenant, user: given.scientist, password: given.secret});
  await watches(visitor, given);
  await looksAtOne(visitor, given);
  await cancels(visitor, given);
  await writes(visitor);
  await asks(visitor, given);
  await analystSeesOnly(visit, given);
  await operatorSubmitsNothing(visit);
}
