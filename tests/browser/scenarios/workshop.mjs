// The rooms of those who work with data and jobs, at every width, light and dark.
const PLACES = [
  {width: 1440, height: 900}, {width: 1024, height: 768}, {width: 390, height: 844},
];

export default async function ({visit, given}) {
  const rooms = {
    'own-today': '/',
    'own-jobs': '/jobs',
    'job-succeeded': `/jobs/${given.jobs.succeeded}`,
    'job-failed': `/jobs/${given.jobs.failed}`,
    'job-running': `/jobs/${given.jobs.running}`,
    'job-queued': `/jobs/${given.jobs.queued}`,
    'job-hostile': `/jobs/${given.jobs.hostile}`,
    submit: '/submit',
    data: '/data',
  };
  for (const place of PLACES) {
    for (const scheme of ['light', 'dark']) {
      const visitor = await visit({...place, scheme});
      const {page} = visitor;
      await visitor.signIn({tenant: given.tenant, user: given.scientist, password: given.secret});
      for (const [name, address] of Object.entries(rooms)) {
        await visitor.go(address);
        if (name === 'submit') await page.getByText('It would run').waitFor();
        if (name === 'data') {
          await page.getByRole('button', {name: 'Look into orders'}).click();
          await page.getByText('100 rows').waitFor();
        }
        await visitor.accessible(`${name} ${place.width} ${scheme}`);
        await visitor.picture(`${name}-${place.width}-${scheme}`);
      }
      await page.close();
    }
  }
}
