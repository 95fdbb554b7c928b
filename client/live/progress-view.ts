import { changeLine } from '../render/change-line.ts';
import { painted, sign, writeLine } from '../render/look.ts';
import type { Look } from '../render/look.ts';
import { renderTree, troubleLines } from '../render/progress-tree.ts';
import type { TreeNotes } from '../render/progress-tree.ts';
import { clock } from '../render/time.ts';
import type { ProgressMode } from '../settings.ts';
import type { Snapshot } from './snapshot.ts';
import { ChangeTeller } from './step-changes.ts';

/** Shows snapshots while an operation is followed. */
export type ProgressView = {
  /** Shows the newest snapshot. */
  show(snapshot: Snapshot, notes: TreeNotes): void;
  /** Writes lines that stay, above what is redrawn. */
  print(lines: readonly string[]): void;
  /** Says that the operation cannot be seen at the moment, though it was never seen before. */
  showAway(since: string): void;
  /** Leaves the screen in order; nothing is shown afterwards. */
  end(): void;
};

/** What a view writes to. */
export type ViewTarget = {
  /** Writes text. */
  write(text: string): void;
  /** How things are shown now. */
  look(): Look;
};

/** Makes the view of a mode. */
export function progressView(
  mode: Exclude<ProgressMode, 'auto'>,
  target: ViewTarget,
): ProgressView {
  switch (mode) {
    case 'tty':
      return new TreeView(target);
    case 'plain':
      return new PlainView(target);
    case 'jsonl':
      return new JsonLinesView(target);
    case 'quiet':
      return new QuietView();
  }
}

/** Redraws the tree in place. */
class TreeView implements ProgressView {
  readonly #target: ViewTarget;
  #rows = 0;
  #drawn = '';

  constructor(target: ViewTarget) {
    this.#target = target;
  }

  show(snapshot: Snapshot, notes: TreeNotes): void {
    const look = this.#target.look();
    // a line of full width would wrap on some terminals
    const narrower = { ...look, width: look.width === null ? null : look.width - 1 };
    this.#draw(renderTree(snapshot, notes, narrower));
  }

  print(lines: readonly string[]): void {
    this.#draw(lines);
    this.end();
  }

  showAway(since: string): void {
    this.#draw([awayLine(since, this.#target.look())]);
  }

  end(): void {
    this.#rows = 0;
    this.#drawn = '';
  }

  #draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join('');
    if (text === this.#drawn) return;
    const back = this.#rows === 0 ? '' : `\u001b[${this.#rows}A\u001b[J`;
    this.#target.write(back + text);
    this.#rows = lines.length;
    this.#drawn = text;
  }
}

/** One line for each change. */
class PlainView implements ProgressView {
  readonly #target: ViewTarget;
  readonly #teller = new ChangeTeller();
  #trouble = '';
  #away: string | null = null;

  constructor(target: ViewTarget) {
    this.#target = target;
  }

  show(snapshot: Snapshot, notes: TreeNotes): void {
    const look = this.#target.look();
    for (const change of this.#teller.tell(snapshot, look.now)) {
      const line = changeLine(change, look);
      if (line !== null) this.#target.write(`${line}\n`);
    }
    this.#showTrouble(snapshot, notes, look);
  }

  print(lines: readonly string[]): void {
    for (const line of lines) this.#target.write(`${line}\n`);
  }

  showAway(since: string): void {
    if (this.#away === since) return;
    this.#away = since;
    this.#target.write(`${awayLine(since, this.#target.look())}\n`);
  }

  end(): void {
    this.#trouble = '';
  }

  /** Trouble is told when it begins and when it is over, without the seconds that make each line differ. */
  #showTrouble(snapshot: Snapshot, notes: TreeNotes, look: Look): void {
    const lines = troubleLines(snapshot, notes, look).map((line) =>
      writeLine(line, { ...look, width: null }),
    );
    const kind = lines.join('\n').replace(/ for \d\w*/g, '');
    if (kind === this.#trouble) return;
    const time = clock(new Date(look.now).toISOString());
    const over = writeLine(
      [`${time} `, snapshot.progress.mesh.padEnd(10), ' ', sign('done', look), ' goes on'],
      look,
    );
    for (const line of lines.length === 0
      ? [over]
      : lines.map((text) => `${time} ${snapshot.progress.mesh.padEnd(10)} ${text}`)) {
      this.#target.write(`${line}\n`);
    }
    this.#trouble = kind;
  }
}

/** One JSON object a line for each change, for programs that follow along. */
class JsonLinesView implements ProgressView {
  readonly #target: ViewTarget;
  readonly #teller = new ChangeTeller();

  constructor(target: ViewTarget) {
    this.#target = target;
  }

  show(snapshot: Snapshot): void {
    for (const change of this.#teller.tell(snapshot, this.#target.look().now)) this.#write(change);
  }

  print(): void {
    // text for people has no place between objects
  }

  showAway(since: string): void {
    this.#write({ at: since, state: 'unknown', reason: 'Temporal does not answer' });
  }

  end(): void {
    // every line is complete by itself
  }

  #write(value: object): void {
    this.#target.write(`${JSON.stringify(value)}\n`);
  }
}

/** Shows nothing. */
class QuietView implements ProgressView {
  show(): void {
    // quiet
  }

  print(): void {
    // quiet
  }

  showAway(): void {
    // quiet
  }

  end(): void {
    // quiet
  }
}

function awayLine(since: string, look: Look): string {
  return writeLine(
    [sign('warning', look), ' Temporal does not answer since ', painted(clock(since), null)],
    look,
  );
}
