// The rooms of those who work with data and jobs, at one width, light and dark.
import assert from 'node:assert/strict';

async function enter(visit, given) {
  const visitors = {};
  for (const scheme of ['light', 'dark']) {
    const visitor = await visit({width: given.width, height: given.height, scheme});
    await visitor.signIn({tenant: given.tenant, user: given.scientist, password: given.secret});
    visitors[scheme] = visitor;
  }
  return visitors;
}

async function lookAt(visitors, given, rooms) {
  for (const [scheme, visitor] of Object.entries(visitors)) {
    const {page} = visitor;
    for (const [name, address] of Object.entries(rooms)) {
      await visitor.go(address);
      if (name === 'submit') await page.getByText('It would run').waitFor();
      if (name === 'data') {
        await page.getByRole('button', {name: 'Look into orders'}).click();
        await page.getByText('100 rows').waitFor();
      }
      if (name === 'own-jobs' && given.width > 1000) {
        const list = page.getByRole('region', {name: 'Jobs', exact: true});
        const hidden = await list.evaluate((one) => one.scrollWidth - one.clientWidth);
        assert.equal(hidden, 0, `the list of jobs hides ${hidden} pixels`);
      }
      await visitor.accessible(`${name} ${given.width} ${scheme}`);
      await visitor.picture(`${name}-${given.width}-${scheme}`);
    }
  }
}

export default async function ({visit, given}) {
  const visitors = await enter(visit, given);
  await lookAt(visitors, given, {
    'own-jobs': '/jobs',
    'job-running': `/jobs/${given.jobs.running}`,
    'job-queued': `/jobs/${given.jobs.queued}`,
    'job-hostile': `/jobs/${given.jobs.hostile}`,
  });
  // It takes a core as long as it runs.
  const {page, url} = visitors.light;
  const cancelled = await page.request.post(`${url}/api/v1/jobs/${given.jobs.running}/cancel`, {
    headers: {Origin: url},
  });
  assert.equal(cancelled.status(), 200);
  await lookAt(visitors, given, {
    'own-today': '/',
    'job-succeeded': `/jobs/${given.jobs.succeeded}`,
    'job-failed': `/jobs/${given.jobs.failed}`,
    submit: '/submit',
    data: '/data',
  });
}
