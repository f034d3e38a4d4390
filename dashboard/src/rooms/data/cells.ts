import type {QueryAnswer} from '../../api/types';

/** An answer whose cells are the server's own texts: a number of a browser ends at 2^53 and drops
 * the zeros at the end of a decimal. */
export interface Answer {
  columns: QueryAnswer['columns'];
  rows: Map<string, string | null>[]; // by the column's name; null where there is no value
}

/** Whether a type's values are numbers: right-aligned, also where JSON has them as texts. */
export function isNumber(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|DOUBLE|FLOAT)$/.test(type);
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gy;
const SPACE = /\s*/y;

/** The tokens of a JSON text that is known to be right. */
class Tokens {
  #at = 0;

  constructor(private readonly text: string) {}

  next(): string {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.text);
    TOKEN.lastIndex = SPACE.lastIndex;
    const token = TOKEN.exec(this.text)?.[0] ?? '';
    this.#at = TOKEN.lastIndex;
    return token;
  }

  /** One value as it is written. */
  value(): string {
    let depth = 0;
    let found = '';
    do {
      const token = this.next();
      if (token === '') break;
      if (token === '{' || token === '[') depth += 1;
      if (token === '}' || token === ']') depth -= 1;
      found += token;
    } while (depth > 0);
    return found;
  }

  /** Goes through an object's fields: `field` reads the value. */
  object(field: (name: string) => void): void {
    this.#each('}', () => {
      const name = JSON.parse(this.next()) as string;
      this.next(); // the colon
      field(name);
    });
  }

  list(item: () => void): void {
    this.#each(']', item);
  }

  #each(end: string, one: () => void): void {
    this.next(); // the bracket
    const before = this.#at;
    if (this.next() === end) return;
    this.#at = before;
    do one();
    while (this.next() === ',');
  }
}

function cell(written: string): string | null {
  if (written === 'null') return null;
  return written.startsWith('"') ? (JSON.parse(written) as string) : written;
}

/** A decimal with all the digits of its type: JSON has 1.1 for 1.10 as DECIMAL(3,2). */
function decimal(written: string, scale: number): string {
  const [whole = '', digits = ''] = written.split('.');
  if (!/^-?\d+$/.test(whole) || !/^\d*$/.test(digits)) return written;
  if (scale === 0) return /^0*$/.test(digits) ? whole : written;
  return `${whole}.${digits.padEnd(scale, '0')}`;
}

/** Reads the JSON of a query's answer. SyntaxError: it is none. */
export function answerOf(json: string): Answer {
  const {columns} = JSON.parse(json) as QueryAnswer; // which says whether it is right
  const rows: Answer['rows'] = [];
  const scales = new Map<string, number>();
  for (const {name, type} of columns) {
    const scale = /^DECIMAL\(\d+, ?(\d+)\)$/.exec(type)?.[1];
    if (scale !== undefined) scales.set(name, Number(scale));
  }
  const tokens = new Tokens(json);
  tokens.object((name) => {
    if (name !== 'rows') {
      tokens.value();
      return;
    }
    tokens.list(() => {
      const row = new Map<string, string | null>();
      tokens.object((column) => {
        const shown = cell(tokens.value());
        const scale = scales.get(column);
        row.set(column, shown !== null && scale !== undefined ? decimal(shown, scale) : shown);
      });
      rows.push(row);
    });
  });
  return {columns, rows};
}
