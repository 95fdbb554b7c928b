import { decisionCommand } from '../../contract/decision-command.ts';
import type { Decided } from '../../contract/decisions.ts';
import type { MeshProgress, OperationKind } from '../../contract/mesh-status.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { isoSeconds } from './time.ts';

/** The command that asks for an operation again. */
export function again(kind: OperationKind, mesh: string): string {
  return kind === 'uninstall' ? `meshwright uninstall ${mesh}` : 'meshwright install -f mesh.yaml';
}

/** Who decided it and why, to follow what was decided; nothing when nobody did. */
export function byWhom(decided: Decided | undefined): string {
  return decided === undefined ? '' : ` by ${decided.by}: "${decided.reason}"`;
}

/** What holds an operation up, or ends it, because a person wants it so. */
export function decidedLines({ mesh, operation }: MeshProgress, look: Look): Line[] {
  const { kind, paused, aborted, canceled, finishedAt } = operation;
  if (finishedAt !== null) return [];
  const told = (what: string, decided: Decided): Line => [
    sign('paused', look),
    ` the ${kind} of ${mesh} ${what} since ${isoSeconds(decided.at)}${byWhom(decided)}`,
  ];
  return [
    ...(paused === undefined
      ? []
      : [
          told('is paused', paused),
          ['  go on: ', painted(decisionCommand('resume', mesh), 'bold')] as Line,
        ]),
    ...(aborted === undefined ? [] : [told('ends, given up', aborted)]),
    ...(canceled === undefined ? [] : [told('ends, canceled', canceled)]),
  ];
}

/** What a mesh does without because steps were skipped by a person, and the command that makes it good. */
export function missingLines({ mesh, operation, steps }: MeshProgress, look: Look): Line[] {
  const skipped = steps.filter(({ skip }) => skip !== undefined);
  if (skipped.length === 0) return [];
  return [
    ...skipped.map(({ id, reason }): Line => [sign('warning', look), ` ${id}: ${reason ?? ''}`]),
    ['  make it good: ', painted(again(operation.kind, mesh), 'bold')],
  ];
}
