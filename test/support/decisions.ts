import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { DecisionResult, SkipInput, SkipResult } from '../../contract/decisions.ts';
import { OPERATION_UPDATES, SKIP_UPDATE } from '../../contract/decisions.ts';
import type { OperationUpdate } from '../../contract/decisions.ts';
import type { Handle } from './install-run.ts';
import { stepFailure } from './scripted-steps.ts';

/** One who decides, and why. */
export const ANA = { by: 'ana@laptop', reason: 'the vendor is asleep' };
/** Another one. */
export const BEN = { by: 'ben@ci', reason: 'me too' };

/** Decides about the whole operation, as the CLI does. */
export function decideOn(
  handle: Handle,
  update: OperationUpdate,
  who: unknown = ANA,
): Promise<DecisionResult> {
  if (!OPERATION_UPDATES.includes(update)) throw new Error(`no update ${update}`);
  return handle.executeUpdate<DecisionResult, [unknown]>(update, { args: [who] });
}

/** Skips a step, as the CLI does. */
export function skip(handle: Handle, input: SkipInput): Promise<SkipResult> {
  return handle.executeUpdate<SkipResult, [SkipInput]>(SKIP_UPDATE, { args: [input] });
}

/** Why an update was refused; throws when it was not. */
export async function refusalOf(update: Promise<unknown>): Promise<string> {
  const error: unknown = await update.catch((thrown: unknown) => thrown);
  if (error instanceof WorkflowUpdateFailedError) return error.cause?.message ?? '';
  throw new Error(`not refused: ${JSON.stringify(error)}`);
}

/** With what a workflow ended badly; `succeeded` when it did not. */
export async function endOf(install: Handle): Promise<unknown> {
  return install.result().then(
    () => 'succeeded',
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
}

/** A step that needs a person, every time it runs. */
export function needsPerson(): never {
  throw stepFailure('WaitTimedOut', 'service has no address', { cure: 'raise the quota' });
}
