// load(FILE): a source of the page without its markup, bundled as vite does and imported.
import './browser.mjs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const DASHBOARD = new URL('../../../dashboard/', import.meta.url);
const {buildSync} = createRequire(new URL('package.json', DASHBOARD))('esbuild');

// What a source asks of a browser when it is read.
globalThis.window ??= {
  matchMedia: () => ({
    get matches() {
      return globalThis.dark ?? false;
    },
    addEventListener: () => undefined,
  }),
};

export async function load(file) {
  const built = buildSync({
    entryPoints: [fileURLToPath(new URL(`src/${file}`, DASHBOARD))],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const text = Buffer.from(built.outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}
