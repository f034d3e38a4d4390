/** Where in the text of a specification a fault is, as far as the text tells. */

export interface Fault {
  line: number | null;
  step: string;
  detail: string;
}

const NAME = /^\s*"?name"?\s*[=:]\s*["']([^"']*)["']/;
const SQL = /^\s*"?sql"?\s*[=:]\s*("""|'''|"|')/;

/** The line of a step's query and of its name, counted from one. */
function findStep(lines: string[], step: string): {name: number; sql: number | null} | null {
  for (let at = 0; at < lines.length; ++at) {
    if (NAME.exec(lines[at] ?? '')?.[1] !== step) continue;
    // Its query stands before or after its name, within the same step.
    for (const way of [1, -1]) {
      for (let near = at + way; near >= 0 && near < lines.length; near += way) {
        const line = lines[near] ?? '';
        if (/^\s*\[\[/.test(line) || NAME.test(line)) break;
        if (SQL.test(line)) return {name: at + 1, sql: near + 1};
      }
    }
    return {name: at + 1, sql: null};
  }
  return null;
}

/** How many lines of the query lie before what the message points at. */
function linesWithin(text: string, lines: string[], sql: number, detail: string): number {
  const told = /\bLINE (\d+):/.exec(detail);
  const opening = SQL.exec(lines[sql - 1] ?? '');
  if (!opening || (opening[1] !== '"""' && opening[1] !== "'''")) return 0;
  const first = opening[0].length === (lines[sql - 1] ?? '').length ? 1 : 0; // its break is no SQL
  if (told) return first + Number(told[1]) - 1;
  const byte = /\(byte (\d+)\)/.exec(detail);
  if (!byte) return 0;
  const begin = lines.slice(0, sql - 1).join('\n').length + (sql > 1 ? 1 : 0) + opening[0].length;
  const query = new TextEncoder().encode(text.slice(begin + first));
  const before = new TextDecoder().decode(query.slice(0, Number(byte[1])));
  return first + before.split('\n').length - 1;
}

/** A problem as the server tells it, with the line that it is about. */
export function locate(text: string, problem: {step?: string; detail: string}): Fault {
  const told = /^line (\d+): /.exec(problem.detail);
  if (told) {
    const detail = problem.detail.slice(told[0].length);
    return {line: Number(told[1]), step: problem.step ?? '', detail};
  }
  const step = problem.step ?? /^step '([^']+)'/.exec(problem.detail)?.[1] ?? '';
  const lines = text.split('\n');
  const found = step ? findStep(lines, step) : null;
  if (!found) return {line: null, step, detail: problem.detail};
  if (found.sql === null) return {line: found.name, step, detail: problem.detail};
  const line = found.sql + linesWithin(text, lines, found.sql, problem.detail);
  return {line: Math.min(line, lines.length), step, detail: problem.detail};
}
