import type { PartName } from './parts.ts';

/** What an event is about: a part, or the operating system packages as one batch. */
export type ProgressSubject = PartName | 'packages';

/** One line of progress from the resolver. */
export interface ToolchainEvent {
  /** What the event is about. */
  subject: ProgressSubject;
  /** `started`, `going` and `done` come from work, `waiting` from another run's lock, the rest from looking around. */
  phase: 'started' | 'going' | 'done' | 'waiting' | 'found' | 'ignored' | 'damaged';
  /** The line to print: lower case, no full stop. */
  text: string;
  /** Milliseconds since `started`; 0 where nothing runs. */
  elapsedMs: number;
  /** True where the line is of interest only to someone who asked for details. */
  verbose: boolean;
}

/** Receives every event of a resolution. */
export type ProgressListener = (event: ToolchainEvent) => void;

/** Words for one piece of work. */
export interface WorkDescription {
  /** What the work is about. */
  subject: ProgressSubject;
  /** Present participle: "building". */
  doing: string;
  /** Past participle: "built". */
  did: string;
  /** "kube-apiserver 1.36.3". */
  what: string;
  /** Usual duration in seconds on two cores, when it is worth saying. */
  expectedSeconds?: number;
}

/** Milliseconds between two "still …" lines. */
const STILL_GOING_EVERY_MS = 15_000;

/**
 * Runs work and tells when it starts, every 15 s that it still goes, and when it is done.
 */
export async function withProgress<T>(
  listener: ProgressListener,
  work: WorkDescription,
  run: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const emit = (phase: ToolchainEvent['phase'], text: string): void => {
    const elapsedMs = performance.now() - startedAt;
    listener({ subject: work.subject, phase, text, elapsedMs, verbose: false });
  };
  const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`;
  emit('started', `${work.doing} ${work.what}, once${about(work.expectedSeconds)}`);
  const ticking = setInterval(
    () => emit('going', `still ${work.doing} ${work.what}, ${seconds()} so far`),
    STILL_GOING_EVERY_MS,
  );
  try {
    const result = await run();
    emit('done', `${work.did} ${work.what} in ${seconds()}`);
    return result;
  } finally {
    clearInterval(ticking);
  }
}

function about(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  return seconds < 90 ? `, about ${seconds} s` : `, about ${Math.round(seconds / 60)} min`;
}
