// A file on its way: what it is called, and how it goes on after the connection was lost.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import test from 'node:test';
import {load} from './load.mjs';

const {formatFor, nameFor, upload} = await load('rooms/data/upload.ts');

// The same cases as the terminal's.
const cases = JSON.parse(
  await readFile(new URL('../../contract/data_set_names.json', import.meta.url), 'utf8'),
);

test('what SQL calls a file', () => {
  for (const {file, name} of cases) assert.equal(nameFor(file), name, file);
});

test('what format an ending tells', () => {
  for (const {file, format} of cases) assert.equal(formatFor(file), format ?? '', file);
  for (const file of ['a.xlsx', 'csv', 'a.constructor', 'a.']) assert.equal(formatFor(file), '');
});

/** A server that holds an upload; `faults` says what becomes of each call that changes it. */
class Server {
  calls = [];
  text = '';
  state = 'receiving';

  constructor(faults = [], dead = false) {
    this.faults = faults;
    this.dead = dead; // answers no DELETE
    globalThis.fetch = (path, options) => this.answer(path, options);
  }

  json(status, body) {
    return new Response(JSON.stringify(body), {status});
  }

  now() {
    const {state, text} = this;
    return {uploadID: 'u 1', state, bytes: text.length, partBytesMax: 4, version: 1};
  }

  async answer(path, {method, body}) {
    const call = `${method} ${path.replace('/api/v1/tenants/t/datasets', '')}`;
    this.calls.push(call);
    if (method === 'DELETE' && this.dead) throw new TypeError('Failed to fetch');
    if (method === 'POST' && path.endsWith('/datasets')) this.begun = JSON.parse(body);
    const fault = method === 'DELETE' ? undefined : this.faults.shift();
    if (fault === 'lost') throw new TypeError('Failed to fetch');
    if (typeof fault === 'object') return this.json(fault.status, fault);
    if (method === 'PUT') {
      const offset = Number(/offset=(\d+)/.exec(path)[1]);
      assert.equal(offset, this.text.length, 'a part begins where the server is');
      this.text += await body.text();
    }
    if (path.endsWith('/commit')) this.state = 'done';
    if (fault === 'answer lost') throw new TypeError('Failed to fetch');
    return method === 'DELETE' ? new Response(null, {status: 204}) : this.json(200, this.now());
  }
}

const FILE = new File(['0123456789'], 'a.csv');

async function bring(more = {}) {
  const told = {lost: [], moved: [], waits: [], left: []};
  const watch = {
    moved: (bytes) => told.moved.push(bytes),
    lost: (now) => told.lost.push(now),
    leavable: (address) => told.left.push(address),
    pause: async (wait) => void told.waits.push(wait),
    signal: new AbortController().signal,
    ...more,
  };
  try {
    told.done = await upload({tenant: 't', file: FILE, name: 'a', format: 'csv'}, watch);
  } catch (error) {
    told.error = error;
  }
  return told;
}

test('all parts arrive, in their order', async () => {
  const server = new Server();
  const told = await bring();
  assert.equal(told.done.state, 'done');
  assert.equal(server.text, '0123456789');
  assert.equal(server.begun.bytes, 10);
  assert.deepEqual(told.moved, [4, 8, 10]);
  assert.deepEqual(told.left.slice(0, 2), ['/api/v1/tenants/t/datasets/uploads/u%201', null]);
  assert.ok(!server.calls.some((call) => call.startsWith('DELETE')));
});

test('a part that was lost, or its answer, goes on where the server is', async () => {
  const server = new Server([undefined, 'lost', undefined, undefined, 'answer lost', 'lost']);
  const told = await bring();
  assert.equal(told.done?.state, 'done', String(told.error));
  assert.equal(server.text, '0123456789');
  assert.deepEqual(told.waits.slice(0, 3), [1000, 1000, 2000]);
  assert.equal(told.lost.at(-1), false);
});

test('a commit whose answer was lost is not lost', async () => {
  const server = new Server([undefined, undefined, undefined, undefined, 'answer lost']);
  const told = await bring();
  assert.equal(told.done?.state, 'done', String(told.error));
  assert.equal(server.calls.filter((call) => call.endsWith('/commit')).length, 1);
});

test('a connection that does not come back is given up, and the upload with it', async () => {
  const server = new Server([undefined, undefined, ...Array(50).fill('lost')]);
  const told = await bring();
  assert.equal(told.error.status, 0);
  assert.equal(told.waits.length, 8);
  assert.equal(server.calls.at(-1), 'DELETE /uploads/u%201');
});

test('a way that takes questions and no parts is given up, too', async () => {
  const server = new Server([undefined, ...Array(50).fill(['lost', undefined]).flat()]);
  const told = await bring();
  assert.equal(told.error?.status, 0);
  assert.equal(told.waits.length, 8);
  assert.equal(server.calls.at(-1), 'DELETE /uploads/u%201');
});

test('what is refused is not tried again', async () => {
  const server = new Server([undefined, {status: 413, detail: 'too large'}]);
  const told = await bring();
  assert.equal(told.error.detail, 'too large');
  assert.deepEqual(told.waits, []);
  assert.equal(server.calls.at(-1), 'DELETE /uploads/u%201');
});

test('who gives up leaves nothing, or is told that the server does not know', async () => {
  for (const dead of [false, true]) {
    const abort = new AbortController();
    const server = new Server([undefined, 'lost'], dead);
    let dropped;
    const told = await bring({
      signal: abort.signal,
      pause: async () => abort.abort(),
      dropped: (now) => (dropped = now),
    });
    assert.equal(told.error.name, 'AbortError');
    assert.equal(server.calls.at(-1), 'DELETE /uploads/u%201');
    assert.equal(dropped, !dead);
  }
});
