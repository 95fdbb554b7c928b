import { createInterface } from 'node:readline/promises';
import { ClientFailure } from './client-failure.ts';
import { EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** Flags of commands that want the name of the mesh before they do anything. */
export type ConfirmFlags = {
  /** Does not ask; goes with `confirm`. */
  yes?: boolean;
  /** The name of the mesh, instead of typing it. */
  confirm?: string;
};

/**
 * Finds out before anything is asked of Temporal whether somebody can confirm.
 * @throws {ClientFailure} 2: the name is another one, or nobody can be asked
 */
function requireName(
  { output }: Session,
  mesh: string,
  verb: string,
  { yes = false, confirm }: ConfirmFlags,
): void {
  if (confirm !== undefined && confirm !== mesh)
    throw new ClientFailure(
      EXIT.usage,
      `--confirm ${confirm} is not the name of the mesh, which is ${mesh}; nothing was changed`,
    );
  if (yes ? confirm === mesh : output.canAsk()) return;
  const why = yes ? `--yes alone does not ${verb}` : 'there is no terminal';
  throw new ClientFailure(EXIT.usage, `nobody has confirmed the name of the mesh: ${why}`, {
    cures: [`${verb} without being asked: --yes --confirm ${mesh}`],
  });
}

/**
 * Asks for the name of the mesh, unless a flag says it.
 * @throws {ClientFailure} 2: it was not typed
 */
async function askName(mesh: string, what: string, { yes }: ConfirmFlags): Promise<void> {
  if (yes === true) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if ((await terminal.question(`To ${what}, type its name: `)).trim() === mesh) return;
  } catch {
    // Ctrl-C and Ctrl-D at the question are a no
  } finally {
    terminal.close();
  }
  throw new ClientFailure(EXIT.usage, 'not confirmed; nothing was changed');
}

/** What `abort` and `cancel` ask for: before and after it is known what runs. */
export const confirmMesh = { require: requireName, ask: askName } as const;
