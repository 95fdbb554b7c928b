import { CommandFailed } from '../command.ts';
import type { Resolution } from '../resolution.ts';

/**
 * Lists the shared libraries and the loader that a program needs, as absolute paths on this machine. A static program
 * needs none.
 */
export async function sharedLibraries(
  program: string,
  { run, env, signal }: Pick<Resolution, 'run' | 'env' | 'signal'>,
): Promise<string[]> {
  try {
    const { stdout } = await run('ldd', [program], {
      env: { ...env, LC_ALL: 'C' },
      timeoutMs: 20_000,
      signal,
    });
    return parseLdd(program, stdout);
  } catch (error) {
    if (error instanceof CommandFailed && error.output.includes('not a dynamic executable'))
      return [];
    throw error;
  }
}

/**
 * Reads what ldd prints.
 * @throws {Error} when a library is missing on this machine
 */
export function parseLdd(program: string, printed: string): string[] {
  const missing = /^\s*(\S+) => not found/m.exec(printed)?.[1];
  if (missing) throw new Error(`${program} needs ${missing}, which this machine does not have`);
  return [...printed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map((match) => match[1] ?? '');
}
