// Numbers, times and names as people read them. Times are UTC, and said so.

const LOCALE = 'en';
const whole = new Intl.NumberFormat(LOCALE, {maximumFractionDigits: 0});
const exactNumber = new Intl.NumberFormat(LOCALE, {maximumFractionDigits: 6});
const UNKNOWN = '–';

// Three digits that matter: 1.28, 12.8, 128.
function threeDigits(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString(LOCALE, {maximumFractionDigits: digits});
}

function scaled(value: number, base: number, names: string[]): string {
  let at = 0;
  let scaledValue = value;
  while (Math.abs(scaledValue) >= base && at < names.length - 1) {
    scaledValue /= base;
    at += 1;
  }
  // 999.95 K reads as 1 M, not as 1,000 K.
  if (Math.abs(Number(scaledValue.toPrecision(3))) >= base && at < names.length - 1) {
    scaledValue /= base;
    at += 1;
  }
  return names[at] ? `${threeDigits(scaledValue)} ${names[at]}` : threeDigits(scaledValue);
}

/** 1,284, from ten thousand on 12.9 K. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (Math.abs(value) < 10_000) return whole.format(value);
  return scaled(value, 1000, ['', 'K', 'M', 'B', 'T']);
}

/** Every digit: 12,894. */
export function exact(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : exactNumber.format(value);
}

/** 3.4 GB, in powers of a thousand. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return scaled(value, 1000, ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB']);
}

/** € 1.2 M: fees. */
export function money(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  const text =
    Math.abs(value) < 10_000
      ? value.toLocaleString(LOCALE, {maximumFractionDigits: Number.isInteger(value) ? 0 : 2})
      : scaled(value, 1000, ['', 'K', 'M', 'B', 'T']);
  return `€ ${text}`;
}

/** $ 12 M: a company's own revenue, given in millions. */
export function millions(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return `$ ${scaled(value, 1000, ['M', 'B', 'T'])}`;
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return UNKNOWN;
  return `${Math.round(share * 100)} %`;
}

/** 12 s, 4 min, 3 h, 2 d. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** 340 ms, 4.2 s, 3 min 20 s, 2 h 5 min: how long something took. */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return UNKNOWN;
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${whole.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** The milliseconds between two RFC 3339 times; null where one is not known. */
export function between(
  from: string | null | undefined,
  to: string | null | undefined,
): number | null {
  return from && to ? Date.parse(to) - Date.parse(from) : null;
}

/** 2026-11-30 08:15 of an RFC 3339 time; the page says that times are UTC. */
export function time(text: string | null | undefined): string {
  return text ? `${text.slice(0, 10)} ${text.slice(11, 16)}` : UNKNOWN;
}

export function clock(text: string): string {
  return `${text.slice(11, 19)} UTC`;
}

const MONTHS = [
  'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec',
];

/** 30 Nov of a day. */
export function shortDay(day: string): string {
  return `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1]}`;
}

/** The day that lies so many days before. */
export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** A profile's field as text: it may have been sent as anything. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A profile's field as a number, null when it is none. */
export function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** What a company is called: its name, else its id. */
export function nameOf(company: {name?: unknown; tenantID: string}): string {
  return text(company.name).trim() || company.tenantID;
}

/** A number of things: 1 job, 12.9 K jobs; `show` writes the number. */
export function plural(n: number, one: string, many = `${one}s`, show = count): string {
  return `${show(n)} ${n === 1 ? one : many}`;
}
