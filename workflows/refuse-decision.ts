import { missingWithout } from '../contract/skippable-steps.ts';
import { decisionCommand } from '../contract/decision-command.ts';
import type { Decided, OperationUpdate } from '../contract/decisions.ts';
import type { StepProgress } from '../contract/mesh-status.ts';
import { nearestName } from '../mesh/spec/nearest-name.ts';
import type { ProgressBoard } from './progress-board.ts';

/** Longest reason and requester, in characters: they are kept in history and shown in one line. */
const TEXT_LIMIT = 500;
/** Decisions about a step, as they are said of it. */
const DONE_TO_STEP = { retry: 'retried', skip: 'skipped' } as const;

/** Why a decision about a step is refused; null when it is not. The argument may come from the Temporal UI, where anything can be typed. */
export function refuseStepDecision(
  update: 'retry' | 'skip',
  input: unknown,
  board: ProgressBoard,
): string | null {
  const { step: id } = (input ?? {}) as { step?: unknown };
  if (typeof id !== 'string' || id.trim() === '')
    return `field step is missing: name the step to ${update}, e.g. "cluster2/await-gateway"`;
  return refusedFields(input) ?? refusedEnding(board) ?? refusedStep(update, id, board);
}

/** Why a decision about the whole operation is refused; null when it is not. */
export function refuseOperationDecision(
  update: OperationUpdate,
  input: unknown,
  board: ProgressBoard,
): string | null {
  const refusal = refusedFields(input) ?? refusedEnding(board) ?? refusedNow(update, board);
  return refusal ?? (update === 'cancel' ? refusedUndo(input, board) : null);
}

function refusedUndo(input: unknown, { kind }: ProgressBoard): string | null {
  const { undo } = input as { undo?: unknown };
  if (undo === undefined || undo === false) return null;
  if (undo !== true) return `field undo is ${JSON.stringify(undo)}: true or false`;
  return kind === 'install'
    ? null
    : `an ${kind} cannot be taken back: cancel it without undo, then install again`;
}

function refusedFields(input: unknown): string | null {
  const { by, reason } = (input ?? {}) as { by?: unknown; reason?: unknown };
  for (const [field, value] of Object.entries({ by, reason })) {
    if (typeof value !== 'string' || value.trim() === '')
      return `field ${field} is empty: say ${field === 'by' ? 'who asks' : 'why'}`;
    if (value.length > TEXT_LIMIT)
      return `field ${field} has ${value.length} characters: ${TEXT_LIMIT} at most`;
  }
  return null;
}

/** An operation that is being taken back still needs people: its steps may be blocked as any others. */
function refusedEnding({ decisions }: ProgressBoard): string | null {
  const { aborted, canceled } = decisions.holds;
  if (aborted !== undefined) return `${whoDid('aborted', aborted)}: it comes to its end`;
  if (canceled === undefined || canceled.undo === true) return null;
  return `${whoDid('canceled', canceled)}: it comes to its end`;
}

function refusedNow(update: OperationUpdate, board: ProgressBoard): string | null {
  const { mesh } = board;
  const { paused } = board.decisions.holds;
  const { last } = board.decisions;
  switch (update) {
    case 'abort':
      return blockedIds(board).length > 0 || board.away.names.length > 0
        ? null
        : `nothing is blocked, so there is nothing to give up; to stop it all the same: ${decisionCommand('cancel', mesh)}`;
    case 'pause':
      return paused === undefined
        ? null
        : `${whoDid('paused', paused)} already; to go on: ${decisionCommand('resume', mesh)}`;
    case 'resume':
      if (paused !== undefined) return null;
      return last?.update === 'resume'
        ? `${whoDid('resumed', last.decided)} already`
        : `it is not paused; to hold it: ${decisionCommand('pause', mesh)}`;
    case 'cancel': {
      const { canceled } = board.decisions.holds;
      return canceled === undefined
        ? null
        : `${whoDid('canceled', canceled)}, and what it made is being taken back; where that is blocked, give it up: ${decisionCommand('abort', mesh)}`;
    }
  }
}

function whoDid(done: string, { by, reason, at }: Decided): string {
  return `${by} ${done} it at ${at} ("${reason}")`;
}

function refusedStep(update: 'retry' | 'skip', id: string, board: ProgressBoard): string | null {
  const step = board.step(id);
  if (step === undefined) return `unknown step "${id}"${hint(id, board)}`;
  if (step.state === 'blocked') return update === 'skip' ? refusedSkip(step, board) : null;
  const goesOn = goesOnWithout(step, board);
  if (goesOn !== null && step.state === 'running')
    return `step "${id}" is running: ${goesOn} when it answers; to end it now: ${endWithout(step, board)}`;
  const { lastRetry, skip } = step;
  if (step.state === 'skipped' && skip !== undefined)
    return `step "${id}" is skipped: ${whoDid('skipped', skip)}`;
  if (lastRetry !== null && (step.state === 'running' || step.state === 'pending'))
    return `step "${id}" is ${step.state} again: ${whoDid('retried', lastRetry)}`;
  return `step "${id}" is ${step.state}: only a blocked step can be ${DONE_TO_STEP[update]}${hint(id, board)}`;
}

function refusedSkip(step: StepProgress, board: ProgressBoard): string | null {
  const { id, kind } = step;
  if (missingWithout(kind) !== null) return null;
  const refused = `step "${id}" cannot be skipped`;
  const repair = `repair it, then ${decisionCommand('retry', board.mesh, id)}, or`;
  if (kind !== 'precheck')
    return `${refused}: what follows needs it; ${repair} give up: ${decisionCommand('abort', board.mesh)}`;
  const goesOn = goesOnWithout(step, board);
  const why = goesOn === null ? 'the plan needs what it reads' : `${goesOn} when it is done`;
  return `${refused}: ${why}; ${repair} ${endWithout(step, board)}`;
}

/** What the install does about the cluster that a step looks at, if it is set aside. */
function goesOnWithout({ kind, cluster }: StepProgress, { away }: ProgressBoard): string | null {
  if (kind !== 'precheck' || cluster === null || away.since(cluster) === undefined) return null;
  return `the install goes on without ${cluster} and attaches it`;
}

function endWithout({ cluster }: StepProgress, { mesh }: ProgressBoard): string {
  return `${decisionCommand('abort', mesh)}, and take ${cluster ?? ''} out of the mesh file`;
}

function blockedIds(board: ProgressBoard): string[] {
  return board.steps().flatMap((step) => (step.state === 'blocked' ? [step.id] : []));
}

function hint(id: string, board: ProgressBoard): string {
  const ids = board.steps().map((step) => step.id);
  const near = board.step(id) === undefined ? nearestName(id, ids) : null;
  if (near !== null) return `; did you mean "${near}"?`;
  const blocked = blockedIds(board);
  return blocked.length === 0
    ? '; no step is blocked'
    : `; blocked: ${blocked.slice(0, 10).join(', ')}`;
}
