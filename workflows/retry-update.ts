import { ApplicationFailure, defineUpdate, setHandler } from '@temporalio/workflow';
import type { RetryInput, RetryResult } from '../contract/messages.ts';
import { RETRY_UPDATE } from '../contract/messages.ts';
import { nearestName } from '../mesh/spec/nearest-name.ts';
import type { ProgressBoard } from './progress-board.ts';

/** Longest reason and requester, in characters: they are kept in history and shown in one line. */
const TEXT_LIMIT = 500;

/** Lets people run a blocked step again. What cannot be retried is refused before anything is recorded, with the reason. */
export function acceptRetries(board: ProgressBoard): void {
  const update = defineUpdate<RetryResult, [RetryInput]>(RETRY_UPDATE);
  const retry = (input: RetryInput): RetryResult => ({
    step: input.step,
    round: board.retry(input),
  });
  setHandler(update, retry, {
    description:
      'run a blocked step again; argument {"step": "cluster/step", "by": "who", "reason": "why"}',
    validator: (input) => {
      const refusal = refusalOf(input, board);
      if (refusal !== null) throw ApplicationFailure.nonRetryable(refusal, 'RetryRefused');
    },
  });
}

/** The argument may come from the Temporal UI, where anything can be typed. */
function refusalOf(input: unknown, board: ProgressBoard): string | null {
  const { step: id, by, reason } = (input ?? {}) as { [K in keyof RetryInput]?: unknown };
  if (typeof id !== 'string' || id.trim() === '')
    return 'field step is missing: name the step to retry, e.g. "cluster2/await-gateway"';
  for (const [field, value] of Object.entries({ by, reason })) {
    if (typeof value !== 'string' || value.trim() === '')
      return `field ${field} is empty: say ${field === 'by' ? 'who asks' : 'why'}`;
    if (value.length > TEXT_LIMIT)
      return `field ${field} has ${value.length} characters: ${TEXT_LIMIT} at most`;
  }
  return refusedStep(id, board);
}

function refusedStep(id: string, board: ProgressBoard): string | null {
  const step = board.step(id);
  if (step === undefined) return `unknown step "${id}"${hint(id, board)}`;
  if (step.state === 'blocked') return null;
  const { lastRetry } = step;
  if (lastRetry !== null && (step.state === 'running' || step.state === 'pending')) {
    return `step "${id}" is ${step.state} again: ${lastRetry.by} retried it at ${lastRetry.at} ("${lastRetry.reason}")`;
  }
  return `step "${id}" is ${step.state}: only a blocked step can be retried${hint(id, board)}`;
}

function hint(id: string, board: ProgressBoard): string {
  const steps = board.steps();
  const blocked = steps.filter((step) => step.state === 'blocked').map((step) => step.id);
  const near =
    board.step(id) === undefined
      ? nearestName(
          id,
          steps.map((step) => step.id),
        )
      : null;
  if (near !== null) return `; did you mean "${near}"?`;
  return blocked.length === 0
    ? '; no step is blocked'
    : `; blocked: ${blocked.slice(0, 10).join(', ')}`;
}
