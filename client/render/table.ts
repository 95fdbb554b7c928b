import { columns, painted, plainText } from './look.ts';
import type { Line, Look, Span } from './look.ts';

/** A cell: text, or a coloured piece of text. */
export type Cell = string | Span;

/** Between two columns. */
const GAP = '   ';

/** Lays out a table as kubectl does: upper-case heads, three spaces between columns, no borders. The last column may be cut. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  look: Look,
): Line[] {
  const cells = rows.map((row) => row.map((cell) => shown(cell, look)));
  const shownHeads = heads.map((head) => plainText(head, look));
  const widths = shownHeads.map((head, index) =>
    Math.max(columns(head), ...cells.map((row) => columns(row[index]?.text ?? ''))),
  );
  const headLine = shownHeads.map((head) => painted(head, 'bold'));
  return [headLine, ...cells].map((row) =>
    row.flatMap((cell, index) => [padded(cell, index, row.length, widths), GAP]).slice(0, -1),
  );
}

/** A cell that is empty shows a dash, so that columns can be told apart by eye and by awk. */
function shown(cell: Cell, look: Look): Span {
  const span = typeof cell === 'string' ? painted(cell, null) : cell;
  return painted(plainText(span.text, look) || '-', span.paint);
}

function padded(cell: Span, index: number, count: number, widths: readonly number[]): Span {
  if (index === count - 1) return cell;
  return painted(
    cell.text + ' '.repeat(Math.max(0, (widths[index] ?? 0) - columns(cell.text))),
    cell.paint,
  );
}
