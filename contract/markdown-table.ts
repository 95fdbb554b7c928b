/** The Temporal UI (2.54) shows tables without any space between columns; browsers keep this one, a collapsing space they would not. */
const GAP = '\u2003';

/** Writes a Markdown table, for people who open a workflow in the Temporal UI. Cells must not hold an unescaped `|`. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  return [tableRow(head), `|${'---|'.repeat(head.length)}`, ...rows.map(tableRow)];
}

function tableRow(cells: readonly string[]): string {
  const spaced = cells.map((text, index) => (index < cells.length - 1 ? `${text}${GAP}` : text));
  return `| ${spaced.join(' | ')} |`;
}
