/** The details of a workflow hold 20,000 bytes; what is longer is cut at a line. */
const BYTES = 18_000;
/** Longest text of a cell, in characters. */
const CELL = 160;

/** An option of a command, e.g. `--context`. */
const OPTION = /(?<![\w-])--[\w-]+/gu;

/**
 * Keeps a text from breaking out of its cell, and short. Options of commands become code: elsewhere the Temporal UI makes a dash of their two hyphens, and
 * a command copied from it would not run.
 */
export function cell(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').replaceAll(/[|\\`<>]/gu, (sign) => `\\${sign}`);
  const short = line.length > CELL ? `${line.slice(0, CELL - 1)}…` : line;
  return short.replaceAll(OPTION, (option) => `\`${option}\``);
}

/** Joins lines, and cuts what a workflow's details cannot hold at a line. */
export function cutToBytes(lines: readonly string[]): string {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += utf8Length(line) + 1;
    if (bytes > BYTES)
      return [...lines.slice(0, index), '', '… cut; see meshwright status'].join('\n');
  }
  return lines.join('\n');
}

/** Bytes in UTF-8; there is no TextEncoder in the workflow sandbox's type library. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const sign of text) {
    const point = sign.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
