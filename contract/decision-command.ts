import type { OperationUpdate } from './decisions.ts';

/** The exact command of a decision about a mesh's operation, or one of its steps: none is taken without a reason. */
export function decisionCommand(
  update: 'retry' | 'skip' | OperationUpdate,
  mesh: string,
  step?: string,
): string {
  const words = ['meshwright', update, mesh, ...(step === undefined ? [] : [step])];
  return `${words.join(' ')} --reason "…"`;
}
