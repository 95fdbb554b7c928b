import { askTerminal } from './ask-terminal.ts';
import type { AskPerson } from './ask-terminal.ts';
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

/** What a command that wants the name of the mesh does, and what it was called with. */
export type Confirmed = ConfirmFlags & {
  /** Mesh file; `-` is stdin, on which nobody can answer then. @default none */
  file?: string;
};

/**
 * Finds out before anything is asked of Temporal whether somebody can confirm.
 * @throws {ClientFailure} 2: the name is another one, or nobody can be asked
 */
function requireName(
  output: Pick<Session['output'], 'canAsk'>,
  mesh: string,
  verb: string,
  { yes = false, confirm, file }: Confirmed,
): void {
  if (confirm !== undefined && confirm !== mesh)
    throw new ClientFailure(
      EXIT.usage,
      `--confirm ${confirm} is not the name of the mesh, which is ${mesh}; nothing was changed`,
    );
  if (yes ? confirm === mesh : output.canAsk() && file !== '-') return;
  const nobody = file === '-' ? 'stdin holds the mesh file' : 'there is no terminal';
  const why = yes ? `--yes alone does not ${verb}` : nobody;
  throw new ClientFailure(EXIT.usage, `nobody has confirmed the name of the mesh: ${why}`, {
    cures: [`${verb} without being asked: --yes --confirm ${mesh}`],
  });
}

/**
 * Asks for the name of the mesh, unless a flag says it.
 * @throws {ClientFailure} 2: it was not typed
 */
async function askName(
  mesh: string,
  what: string,
  { yes }: ConfirmFlags,
  ask: AskPerson = askTerminal,
): Promise<void> {
  if (yes === true || (await ask(`To ${what}, type the name of the mesh: `)) === mesh) return;
  throw new ClientFailure(EXIT.usage, 'not confirmed; nothing was changed');
}

/** What `abort`, `cancel` and `uninstall` ask for: before and after it is known what is at stake. */
export const confirmMesh = { require: requireName, ask: askName } as const;
