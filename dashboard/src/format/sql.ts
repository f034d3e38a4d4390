/** A name as SQL reads it, whatever words it reserves. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
