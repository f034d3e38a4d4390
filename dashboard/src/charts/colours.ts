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

export function industryColour(industry: string): string {
  const place = INDUSTRIES.indexOf(industry);
  if (place === 8) return isDark() ? SERVICE.dark : SERVICE.light;
  if (place >= 0) return colour(place);
  let hash = 0;
  for (const letter of industry) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return colour(hash);
}

export function otherColour(): string {
  return isDark() ? OTHER.dark : OTHER.light;
}

export interface Inks {
  text: string;
  muted: string;
  line: string;
  surface: string;
  grey: string;
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
  };
}
