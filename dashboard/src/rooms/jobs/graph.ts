/** Where the steps of a job stand: in layers, each behind all that it comes after. */

export interface GraphStep {
  name: string;
  after: string[];
}

export interface Place {
  x: number;
  y: number;
}

export interface Graph {
  width: number;
  height: number;
  places: Map<string, Place>;
  /** One path a dependency, for SVG. */
  edges: {from: string; to: string; path: string}[];
}

export interface Sizes {
  width: number; // of a step
  height: number;
  along: number; // between layers
  across: number; // between steps of a layer
}

interface Spot {
  name: string; // empty: an edge passes here
  before: Spot[];
  order: number;
  x: number;
  y: number;
}

function layersOf(steps: GraphStep[]): Map<string, number> {
  const layers = new Map<string, number>();
  // A step comes after steps written anywhere: as often as there are steps is enough.
  for (let round = 0; round < steps.length; ++round) {
    let changed = false;
    for (const step of steps) {
      const layer = Math.max(0, ...step.after.map((name) => (layers.get(name) ?? 0) + 1));
      if (layers.get(step.name) !== layer) {
        layers.set(step.name, layer);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return layers;
}

/** Steps by layer, with a spot in every layer that an edge passes: none runs over a step. */
function spotsOf(steps: GraphStep[]) {
  const layers = layersOf(steps);
  const rows: Spot[][] = [];
  const spots = new Map<string, Spot>();
  const add = (name: string, layer: number): Spot => {
    const row = (rows[layer] ??= []);
    const spot = {name, before: [], order: row.length, x: 0, y: 0};
    row.push(spot);
    return spot;
  };
  for (const step of steps) spots.set(step.name, add(step.name, layers.get(step.name) ?? 0));
  const ways: {from: string; to: string; spots: Spot[]}[] = [];
  for (const step of steps) {
    for (const name of step.after) {
      const from = spots.get(name);
      const to = spots.get(step.name);
      if (!from || !to) continue;
      const way = [from];
      for (let at = (layers.get(name) ?? 0) + 1; at < (layers.get(step.name) ?? 0); ++at) {
        way.push(add('', at));
      }
      way.push(to);
      for (let at = 1; at < way.length; ++at) way[at]!.before.push(way[at - 1]!);
      ways.push({from: name, to: step.name, spots: way});
    }
  }
  return {rows, spots, ways};
}

/** Each spot near the middle of those before it: fewer edges cross. */
function arrange(rows: Spot[][]): void {
  for (const row of rows) {
    const wish = (spot: Spot) =>
      spot.before.length
        ? spot.before.reduce((sum, one) => sum + one.order, 0) / spot.before.length
        : spot.order;
    const wishes = new Map(row.map((spot) => [spot, wish(spot)]));
    row.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
    row.forEach((spot, at) => (spot.order = at));
  }
}

/** `down`: layers beneath each other, for narrow windows; else from left to right. */
export function layOut(steps: GraphStep[], sizes: Sizes, down: boolean): Graph {
  const {rows, spots, ways} = spotsOf(steps);
  arrange(rows);
  const most = Math.max(1, ...rows.map((row) => row.length));
  const [size, reach] = down ? [sizes.width, sizes.height] : [sizes.height, sizes.width];
  const span = most * size + (most - 1) * sizes.across;
  rows.forEach((row, layer) => {
    const own = row.length * size + (row.length - 1) * sizes.across;
    row.forEach((spot, at) => {
      const across = (span - own) / 2 + at * (size + sizes.across);
      const along = layer * (reach + sizes.along);
      spot.x = down ? across : along;
      spot.y = down ? along : across;
    });
  });
  const length = rows.length * reach + (rows.length - 1) * sizes.along;
  const edges = ways.map(({from, to, spots: way}) => ({from, to, path: pathOf(way, sizes, down)}));
  const places = new Map([...spots].map(([name, {x, y}]) => [name, {x, y}]));
  return down
    ? {width: span, height: length, places, edges}
    : {width: length, height: span, places, edges};
}

function pathOf(way: Spot[], sizes: Sizes, down: boolean): string {
  const middle = (down ? sizes.width : sizes.height) / 2;
  const reach = down ? sizes.height : sizes.width;
  const bend = sizes.along / 2;
  const at = (along: number, across: number) =>
    down ? `${across} ${along}` : `${along} ${across}`;
  let path = '';
  for (let n = 1; n < way.length; ++n) {
    const [a, b] = [way[n - 1]!, way[n]!];
    const [from, to] = down ? [a.y + reach, b.y] : [a.x + reach, b.x];
    const [left, right] = down ? [a.x + middle, b.x + middle] : [a.y + middle, b.y + middle];
    path += n === 1 ? `M${at(from, left)}` : `L${at(from, left)}`;
    path += `C${at(from + bend, left)} ${at(to - bend, right)} ${at(to, right)}`;
  }
  return path;
}
