import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A lock that is held until released, or until this process ends in whatever way. */
export interface FileLock {
  /** Lets the next one in. */
  release(): Promise<void>;
}

/** How to wait for a lock. */
export interface LockOptions {
  /** Called once when the lock is not free within a second. */
  onWait(): void;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/** Milliseconds before a waiting line is worth printing. */
const WAIT_NOTICE_MS = 1000;

/**
 * The commands that take an advisory lock on a file, say so, and hold it until their standard input ends. flock
 * comes with every Linux, python3 is there where temporal's wheel can be unpacked (macOS).
 */
const HOLDERS: readonly [string, (path: string) => string[]][] = [
  ['flock', (path) => ['--no-fork', path, 'sh', '-c', 'echo held; exec cat']],
  [
    'python3',
    (path) => [
      '-c',
      "import fcntl,sys;f=open(sys.argv[1],'w');fcntl.flock(f,2);print('held',flush=True);sys.stdin.read()",
      path,
    ],
  ],
];

/**
 * Takes an exclusive lock on a file. The kernel holds it on behalf of a child that lives as long as the pipe to it,
 * so a holder that dies by SIGKILL frees it at once and no stale lock can stay.
 */
export async function acquireFileLock(path: string, options: LockOptions): Promise<FileLock> {
  for (const [command, args] of HOLDERS) {
    const child = spawn(command, args(path), { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    if (!(await started(child))) continue;
    await held(child, path, options);
    return { release: () => ended(child) };
  }
  throw new Error(`cannot lock ${path}: neither flock nor python3 is on PATH`);
}

function started(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
}

function held(child: ChildProcess, path: string, options: LockOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    const notice = setTimeout(() => options.onWait(), WAIT_NOTICE_MS);
    const giveUp = (): void => {
      child.kill('SIGKILL');
      settle();
      reject(options.signal?.reason as Error);
    };
    const failed = (): void => {
      settle();
      reject(new Error(`cannot lock ${path}: ${complaint.trim() || 'the lock holder ended'}`));
    };
    const settle = (): void => {
      clearTimeout(notice);
      options.signal?.removeEventListener('abort', giveUp);
      child.removeListener('close', failed);
    };
    options.signal?.addEventListener('abort', giveUp, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.once('close', failed);
    child.stdout?.once('data', () => {
      settle();
      resolve();
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.stdin?.end();
  });
}
