// Cells of an answer: the server's own texts, numbers right-aligned by their type.
import assert from 'node:assert/strict';
import test from 'node:test';
import {load} from './load.mjs';

const {answerOf, isNumber} = await load('rooms/data/cells.ts');

test('what no JSON number can be is shown as it is told', () => {
  const columns = [
    {name: 'd', type: 'DOUBLE'},
    {name: 'f', type: 'FLOAT'},
    {name: 'n', type: 'DECIMAL(9,2)'},
  ];
  const rows = [
    {d: 'NaN', f: 'Infinity', n: 'NaN'},
    {d: '-Infinity', f: 1.5, n: 1.5},
    {d: null, f: 'NaN', n: null},
  ];
  const answer = answerOf(JSON.stringify({columns, rows}));
  const shown = answer.rows.map((row) => columns.map(({name}) => row.get(name)));
  assert.deepEqual(shown, [
    ['NaN', 'Infinity', 'NaN'],
    ['-Infinity', '1.5', '1.50'],
    [null, 'NaN', null],
  ]);
});

test('numbers are told by their whole type', () => {
  const numbers = ['BIGINT', 'UTINYINT', 'INTEGER', 'HUGEINT', 'DECIMAL(38,0)', 'DOUBLE', 'FLOAT'];
  const others = ['INTERVAL', 'INTEGER[]', 'STRUCT(a INTEGER)', 'MAP(VARCHAR, DOUBLE)', 'VARCHAR'];
  for (const type of numbers) assert.ok(isNumber(type), type);
  for (const type of others) assert.ok(!isNumber(type), type);
});
