// Every room at one width, light or dark: pictures, axe, no errors, nothing beyond the window.
export default async function ({visit, given}) {
  const rooms = {
    today: '/',
    customers: '/customers',
    customer: `/customers/${encodeURIComponent(given.company)}`,
    'customer-at-risk': `/customers/${encodeURIComponent(given.risky)}`,
    jobs: '/jobs',
    'jobs-of-one': `/jobs#company=${encodeURIComponent(given.company)}&days=30`,
    users: '/users',
  };
  const {width, height, scheme} = given;
  const visitor = await visit({width, height, scheme});
  await visitor.page.goto(visitor.url + '/');
  await visitor.page.waitForSelector('form');
  await visitor.accessible(`sign-in ${width} ${scheme}`);
  await visitor.picture(`sign-in-${width}-${scheme}`);
  await visitor.fillIn();
  for (const [name, address] of Object.entries(rooms)) {
    await visitor.go(address);
    await visitor.accessible(`${name} ${width} ${scheme}`);
    await visitor.picture(`${name}-${width}-${scheme}`);
  }
}
