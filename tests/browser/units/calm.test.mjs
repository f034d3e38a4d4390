// Why nothing needs somebody: only what is so.
import assert from 'node:assert/strict';
import test from 'node:test';
import {load} from './load.mjs';

const {calm} = await load('rooms/today/calm.ts');
const own = (sessions, ran) => calm({own: true, unknown: 0, sessions, ran});

test('too few sessions and batches are said to be too few', () => {
  const told = own(2, 1);
  assert.match(told, /2 sessions are too few to tell who idles \(it takes 3\)/);
  assert.match(told, /1 batch is too few to tell whether many fail \(it takes 5\)/);
  assert.doesNotMatch(told, /half|fifth/);
});

test('what was judged is told with its numbers', () => {
  const told = own(3, 5);
  assert.match(told, /fewer than half of your 3 sessions did nothing/);
  assert.match(told, /less than a fifth of your 5 batches failed/);
  assert.doesNotMatch(told, /too few/);
});

test('none is no number', () => {
  assert.match(own(0, 0), /no sessions are too few .* no batches are too few/);
});

test('the operator is told from how many on somebody is judged', () => {
  const told = calm({own: false, unknown: 0, sessions: 2, ran: 1});
  assert.match(told, /nobody is at high risk/);
  assert.match(told, /nobody with 3 sessions or more idled in half of them/);
  assert.match(told, /nobody with 5 batches or more had a fifth of them fail/);
  assert.doesNotMatch(calm({own: false, unknown: 2, sessions: 2, ran: 1}), /high risk/);
});
