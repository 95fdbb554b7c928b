import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startMeshwright } from '../../bin/run-meshwright.ts';

/** A run of the program that goes on while the test does. */
export type CliRun = {
  /** Its process. */
  child: ChildProcess;
  /** All it wrote to stdout so far. */
  stdout(): string;
  /** All it wrote to stderr so far. */
  stderr(): string;
  /** Resolves when stderr holds the text; rejects when the run ends without. */
  said(text: string): Promise<void>;
  /** Resolves with the exit code; null when a signal ended it. */
  ended: Promise<number | null>;
};

/** Starts the program with the given words. */
export function startCli(words: string[], env: { [name: string]: string | undefined }): CliRun {
  const child = startMeshwright(words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const said = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) {
      const next = child.stderr === null ? ended : once(child.stderr, 'data');
      const over = await Promise.race([next.then(() => false), ended.then(() => true)]);
      if (over && !stderr.includes(text))
        throw new Error(`it ended without saying "${text}"; it said:\n${stderr}\n${stdout}`);
    }
  };
  return { child, stdout: () => stdout, stderr: () => stderr, said, ended };
}
