import { styleText } from 'node:util';
import type { StepState } from '../../contract/mesh-status.ts';

/** How things are shown: everything a renderer may depend on besides what it shows. */
export type Look = {
  /** Columns; null when unknown, and then nothing is cut. */
  width: number | null;
  /** Rows; null when unknown, and then nothing is left out. */
  height: number | null;
  /** Whether only ASCII may be shown. */
  ascii: boolean;
  /** Whether colour may be shown. */
  color: boolean;
  /** The present, in milliseconds since the epoch. */
  now: number;
  /** How times are shown to people. */
  timeFormat: 'relative' | 'iso';
};

/** Colour of a piece of text; it never says what the text does not. */
export type Paint = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** A piece of text with its colour. */
export type Span = { text: string; paint: Paint | null };

/** One line of output, before it is cut, translated and coloured. */
export type Line = readonly (Span | string)[];

/** A piece of text in a colour. */
export function painted(text: string, paint: Paint | null): Span {
  return { text, paint };
}

const SIGNS: {
  readonly [S in StepState | 'warning' | 'paused']: {
    sign: string;
    ascii: string;
    paint: Paint | null;
  };
} = {
  done: { sign: '✔', ascii: 'ok', paint: 'green' },
  running: { sign: '●', ascii: '>>', paint: 'cyan' },
  waiting: { sign: '◷', ascii: '..', paint: 'cyan' },
  retrying: { sign: '↻', ascii: '~~', paint: 'yellow' },
  warning: { sign: '‼', ascii: '!!', paint: 'yellow' },
  blocked: { sign: '✖', ascii: 'XX', paint: 'red' },
  failed: { sign: '✖', ascii: 'XX', paint: 'red' },
  paused: { sign: '‖', ascii: '||', paint: 'yellow' },
  pending: { sign: '○', ascii: '--', paint: 'dim' },
  skipped: { sign: '–', ascii: '==', paint: 'dim' },
};

/** The sign of a state; a state is never shown by its colour alone. */
export function sign(state: StepState | 'warning' | 'paused', look: Pick<Look, 'ascii'>): Span {
  const entry = SIGNS[state];
  return painted(look.ascii ? entry.ascii : entry.sign, entry.paint);
}

const ASCII: { readonly [sign: string]: string } = {
  ...Object.fromEntries(Object.values(SIGNS).map((entry) => [entry.sign, entry.ascii])),
  '–': '-',
  '·': '-',
  '→': '->',
  '…': '...',
  '├': '|',
  '└': '`',
  '│': '|',
  '↓': 'v',
  '’': "'",
  '“': '"',
  '”': '"',
};

/**
 * Makes a text safe to show: control characters, which could move the cursor or hide what is said, become spaces, and
 * under ASCII every sign that we use ourselves is translated.
 */
export function plainText(text: string, look: Pick<Look, 'ascii'>): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  const calm = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ');
  return look.ascii ? calm.replace(/[^\u0020-\u007e]/gu, (char) => ASCII[char] ?? '?') : calm;
}

/** Columns that a text takes: one for each code point, which holds for all that we write ourselves. */
export function columns(text: string): number {
  return [...text].length;
}

/** Writes a line: translated, cut to the width with an ellipsis, coloured. */
export function writeLine(line: Line, look: Look): string {
  const spans = line.map((piece) => (typeof piece === 'string' ? painted(piece, null) : piece));
  const safe = spans.map(({ text, paint }) => painted(plainText(text, look), paint));
  return cut(safe, look)
    .map(({ text, paint }) =>
      paint === null || !look.color || text === ''
        ? text
        : styleText(paint, text, { validateStream: false }),
    )
    .join('')
    .trimEnd();
}

/** Writes several lines. */
export function writeLines(lines: readonly Line[], look: Look): string[] {
  return lines.map((line) => writeLine(line, look));
}

function cut(spans: readonly Span[], look: Look): Span[] {
  const { width } = look;
  const total = spans.reduce((sum, { text }) => sum + columns(text), 0);
  if (width === null || total <= width) return [...spans];
  const more = look.ascii ? '...' : '…';
  let room = Math.max(0, width - more.length);
  const kept: Span[] = [];
  for (const { text, paint } of spans) {
    const head = [...text].slice(0, room).join('');
    kept.push(painted(head, paint));
    room -= columns(head);
    if (head !== text) break;
  }
  return [...kept, painted(more.slice(0, width), null)];
}
