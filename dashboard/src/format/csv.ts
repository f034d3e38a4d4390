// Files that people take away.

export type CellValue = string | number | null;

function cell(value: CellValue): string {
  if (value === null) return '';
  let text = String(value);
  // A spreadsheet must not take a name for a formula.
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(header: string[], rows: CellValue[][]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], {type}));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function downloadCsv(name: string, header: string[], rows: CellValue[][]): void {
  download(`${name}.csv`, toCsv(header, rows), 'text/csv;charset=utf-8');
}
