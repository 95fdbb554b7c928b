import { readdir, readFile } from 'node:fs/promises';

/** A process of this machine. */
export type SeenProcess = {
  /** Process id. */
  pid: number;
  /** Command line. */
  command: string;
};

/** Live processes that match, by their command line and by the variables they were started with, each as `NAME=value`. */
export async function seenProcesses(
  matches: (command: string, variables: string[]) => boolean,
): Promise<SeenProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      // One that has ended and was not taken in yet has no words.
      if (words === '') return [];
      const command = words.replaceAll('\0', ' ').trim();
      return matches(command, environment.split('\0')) ? [{ pid: Number(pid), command }] : [];
    }),
  );
  return seen.flat();
}

/** Live processes that keep their temporary files in a folder, or were told a path in it. */
export function processesIn(folder: string): Promise<SeenProcess[]> {
  const inside = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);
  return seenProcesses(
    (command, variables) =>
      command.includes(`${folder}/`) ||
      variables.some((text) => text.startsWith('TMPDIR=') && inside(text.slice('TMPDIR='.length))),
  );
}
