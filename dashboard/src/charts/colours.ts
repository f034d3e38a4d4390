/** Colours that people with any colour vision tell apart (Okabe-Ito, blue first). A category has
 * its colour on every sheet. */
const LIGHT = [
  '#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442', '#7F7F7F',
];
const DARK = [
  '#4DA3DB', '#F2B53F', '#3DC49B', '#DE9FC0', '#85CBF2', '#F0853A', '#F5EC7A', '#A3A3A3',
];
const INDUSTRIES = [
  'finance', 'health', 'energy', 'retail', 'IT', 'travel', 'consulting', 'gov', 'service',
];
const SERVICE = {light: '#5D4E9E', dark: '#A79BE0'}; // the ninth, apart from the eight
const OTHER = {light: '#C2C8D0', dark: '#4A5561'};

const media = window.matchMedia('(prefers-color-scheme: dark)');

export function isDark(): boolean {
  return media.matches;
}

/** Calls `changed` when the system turns light or dark; gives what ends that. */
export function onTheme(changed: () => void): () => void {
  media.addEventListener('change', changed);
  return () => media.removeEventListener('change', changed);
}

export function colour(place: number): string {
  const colours = isDark() ? DARK : LIGHT;
  return colours[place % colours.length] ?? '#7F7F7F';
}

/** The colours of industries that stand in one chart, in their order: known ones have theirs on
 * every sheet, others the next that none of these has. Up to nine are all different. */
export function industryColours(industries: string[]): string[] {
  const service = isDark() ? SERVICE.dark : SERVICE.light;
  const palette = INDUSTRIES.map((_, at) => (at === INDUSTRIES.length - 1 ? service : colour(at)));
  const taken = new Set(industries.map((one) => INDUSTRIES.indexOf(one)));
  const free = palette.filter((_, at) => !taken.has(at));
  let next = 0;
  return industries.map((industry) => {
    const known = palette[INDUSTRIES.indexOf(industry)];
    return known ?? free[next++ % free.length] ?? otherColour();
  });
}

export function otherColour(): string {
  return isDark() ? OTHER.dark : OTHER.light;
}

const CONTRAST_LEAST = 4.5; // WCAG 2.2 AA, of text

function parts(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function brightness(hex: string): number {
  const [red = 0, green = 0, blue = 0] = parts(hex).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [brightness(one), brightness(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The same hue as text on a surface: darker there, or lighter, as far as it takes to read it.
 * Both as #RRGGBB. */
export function asText(hue: string, surface: string): string {
  const end = brightness(surface) > 0.18 ? 0 : 255;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = parts(hue).map((part) => Math.round(part + (end - part) * share));
    const shown = `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
    if (contrast(shown, surface) >= CONTRAST_LEAST) return shown;
  }
  return end === 0 ? '#000000' : '#ffffff';
}

export interface Inks {
  text: string;
  muted: string;
  line: string;
  surface: string;
  grey: string;
  accent: string;
  high: string;
}

export function inks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read('--text'),
    muted: read('--muted'),
    line: read('--line'),
    surface: read('--surface'),
    grey: read('--grey-mark'),
    accent: read('--accent'),
    high: read('--high'),
  };
}
