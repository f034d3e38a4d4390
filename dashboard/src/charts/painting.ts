import {download} from '../format/csv';
import {inks, type Inks} from './colours';

/** Bars made of HTML as a picture to take away: painted as they are shown, names left of them. */

export interface PaintedBar {
  begin?: number; // as shares of the room for bars
  share: number;
  hue: string;
  shown: string;
}

export interface Painting {
  title: string;
  when?: string;
  legend?: {name: string; hue: string}[];
  rows: {name: string; bars: PaintedBar[]}[];
}

const WIDTH = 880;
const EDGE = 20;
const NAMES = 260;
const VALUES = 120;
const BAR = 22;
const FAMILY = 'system-ui, sans-serif';

type Brush = CanvasRenderingContext2D;

/** A canvas of so many CSS pixels, twice as fine, on the surface's colour. */
export function canvasOf(width: number, height: number, ink: Inks): Brush | null {
  const canvas = document.createElement('canvas');
  canvas.width = width * 2;
  canvas.height = height * 2;
  const brush = canvas.getContext('2d');
  if (!brush) return null;
  brush.scale(2, 2);
  brush.fillStyle = ink.surface;
  brush.fillRect(0, 0, width, height);
  brush.textBaseline = 'middle';
  return brush;
}

/** Writes a text, cut where it is wider than its room. */
export function write(
  brush: Brush,
  text: string,
  {x, y, room, hue, font}: {x: number; y: number; room: number; hue: string; font: string},
): void {
  brush.font = `${font} ${FAMILY}`;
  brush.fillStyle = hue;
  let shown = text;
  while (shown.length > 1 && brush.measureText(shown).width > room) {
    shown = `${[...shown].slice(0, shown.endsWith('…') ? -2 : -1).join('')}…`;
  }
  brush.fillText(shown, x, y);
}

/** Writes what a picture shows, and when; gives where what follows begins. */
export function head(
  brush: Brush,
  {title, when = ''}: {title: string; when?: string},
  width: number,
  ink: Inks,
): number {
  const room = width - 2 * EDGE;
  write(brush, title, {x: EDGE, y: EDGE + 8, room, hue: ink.text, font: '600 14px'});
  if (!when) return EDGE + 28;
  write(brush, when, {x: EDGE, y: EDGE + 28, room, hue: ink.muted, font: '12px'});
  return EDGE + 48;
}

function legend(brush: Brush, of: Painting, y: number, ink: Inks): number {
  let x = EDGE;
  for (const {name, hue} of of.legend ?? []) {
    brush.fillStyle = hue;
    brush.fillRect(x, y + 6, 12, 8);
    write(brush, name, {x: x + 18, y: y + 10, room: 300, hue: ink.text, font: '12px'});
    x += 18 + brush.measureText(name).width + 20;
  }
  return of.legend ? y + 26 : y;
}

const gap = (barsAbove: number) => (barsAbove > 1 ? 8 : 2);

function bars(brush: Brush, of: Painting, from: number, ink: Inks): void {
  const room = WIDTH - 2 * EDGE - NAMES - VALUES;
  let y = from;
  for (const row of of.rows) {
    const middle = y + (row.bars.length * BAR) / 2;
    write(brush, row.name, {x: EDGE, y: middle, room: NAMES - 16, hue: ink.text, font: '13px'});
    for (const bar of row.bars) {
      const begin = EDGE + NAMES + (bar.begin ?? 0) * room;
      const width = bar.share * room;
      brush.fillStyle = bar.hue;
      if (width > 0) brush.fillRect(begin, y + 4, Math.max(width, 1), BAR - 8);
      brush.textAlign = 'right';
      const place = {x: WIDTH - EDGE, y: y + BAR / 2, room: VALUES - 8};
      write(brush, bar.shown, {...place, hue: ink.text, font: '13px'});
      brush.textAlign = 'left';
      y += BAR;
    }
    y += gap(row.bars.length);
  }
}

/** Saves what was painted as a PNG. */
export function save(file: string, brush: Brush): void {
  brush.canvas.toBlob((picture) => {
    if (picture) download(`${file}.png`, picture, 'image/png');
  }, 'image/png');
}

/** Saves bars as a PNG; `paint` gets the colours of the theme. */
export function saveBars(file: string, paint: (ink: Inks) => Painting): void {
  const ink = inks();
  const of = paint(ink);
  const lines = of.rows.reduce((sum, {bars: {length}}) => sum + length * BAR + gap(length), 0);
  const brush = canvasOf(WIDTH, EDGE + 48 + (of.legend ? 26 : 0) + lines + EDGE, ink);
  if (!brush) return;
  bars(brush, of, legend(brush, of, head(brush, of, WIDTH, ink), ink), ink);
  save(file, brush);
}
