// After the build: compresses what shrinks and writes dist/files.txt, from which CMake embeds the
// page. A line a file: path, content type (no blanks), SHA-256 cut to 32 digits, whether its name
// changes with its bytes, whether there is a compressed twin (path.gz).
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = {
  '.html': 'text/html;charset=utf-8',
  '.js': 'text/javascript;charset=utf-8',
  '.css': 'text/css;charset=utf-8',
  '.svg': 'image/svg+xml',
};
// What a first view may need, compressed (the figure).
const FIRST_VIEW_BYTES_MAX = 400 * 1024;

const files = readdirSync(DIST, {recursive: true, withFileTypes: true})
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(DIST, path.join(entry.parentPath ?? entry.path, entry.name)))
  .filter((name) => !name.endsWith('.gz') && name !== 'files.txt')
  .sort();

let total = 0;
const lines = files.map((name) => {
  const type = TYPES[path.extname(name)];
  if (!type) throw new Error(`dist/${name}: no content type is known for it (tools/pack.mjs)`);
  const bytes = readFileSync(path.join(DIST, name));
  const packed = gzipSync(bytes, {level: 9});
  const shrinks = packed.length < bytes.length;
  if (shrinks) writeFileSync(path.join(DIST, `${name}.gz`), packed);
  total += shrinks ? packed.length : bytes.length;
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  const immutable = name.startsWith('assets/');
  return [name, type, hash, immutable, shrinks].join(' ');
});
if (total > FIRST_VIEW_BYTES_MAX) {
  throw new Error(`the page has ${total} bytes compressed, more than ${FIRST_VIEW_BYTES_MAX}`);
}
writeFileSync(path.join(DIST, 'files.txt'), lines.join('\n') + '\n');
console.log(`the page: ${files.length} files, ${Math.round(total / 1024)} KiB compressed`);
