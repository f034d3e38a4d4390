// Colours of categories: told apart in a chart, the same on every sheet, read as text.
import assert from 'node:assert/strict';
import test from 'node:test';
import {load} from './load.mjs';

const KNOWN = [
  'finance', 'health', 'energy', 'retail', 'IT', 'travel', 'consulting', 'gov', 'service',
];

const {asText, colour, contrast, industryColours, otherColour} = await load('charts/colours.ts');

for (const dark of [false, true]) {
  const surface = dark ? '#161c23' : '#ffffff';
  const called = dark ? 'dark' : 'light';

  test(`no two slices of a chart are alike, ${called}`, () => {
    globalThis.dark = dark;
    const charts = [
      KNOWN,
      ['ind1', 'ind2', 'ind3', 'ind4', 'ind5', 'ind6', '', '"; DROP'],
      ['a', 'retail', 'b', 'IT', '', 'finance', 'c', 'd', 'service'],
      ['constructor', '__proto__', 'x', 'y', 'z', 'u', 'v', 'w', 't'],
    ];
    for (const chart of charts) {
      const hues = industryColours(chart);
      assert.equal(new Set([...hues, otherColour()]).size, chart.length + 1, chart.join());
    }
  });

  test(`a known industry has its colour on every sheet, ${called}`, () => {
    globalThis.dark = dark;
    const all = industryColours(KNOWN);
    for (const [at, one] of KNOWN.entries()) {
      assert.equal(industryColours(['new', one, 'other'])[1], all[at]);
    }
  });

  test(`a hue as text can be read, ${called}`, () => {
    globalThis.dark = dark;
    for (let at = 0; at < 8; at += 1) {
      const shown = asText(colour(at), surface);
      assert.ok(contrast(shown, surface) >= 4.5, `${colour(at)} as ${shown}`);
      if (contrast(colour(at), surface) >= 4.5) assert.equal(shown, colour(at).toLowerCase());
    }
  });
}
