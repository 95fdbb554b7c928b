import { ApplicationFailure, defineUpdate, setHandler } from '@temporalio/workflow';
import { OPERATION_UPDATES, SKIP_UPDATE } from '../contract/decisions.ts';
import type {
  CancelInput,
  DecisionResult,
  OperationUpdate,
  SkipInput,
  SkipResult,
} from '../contract/decisions.ts';
import type { RetryInput, RetryResult } from '../contract/messages.ts';
import { RETRY_UPDATE } from '../contract/messages.ts';
import { cancelSelf } from './cancel-self.ts';
import type { ProgressBoard } from './progress-board.ts';
import { refuseOperationDecision, refuseStepDecision } from './refuse-decision.ts';

const WHO_AND_WHY = '"by": "who", "reason": "why"}';
const DESCRIPTIONS: { readonly [U in OperationUpdate]: string } = {
  abort: 'give up an operation in which a step is blocked',
  pause: 'start no new step until it is resumed',
  resume: 'go on after a pause',
  cancel:
    'stop; the next install goes on from what is there, unless "undo": true takes back what this one made',
};

/**
 * Lets people decide about blocked steps and about the operation. What cannot be done is refused before anything is recorded, with the
 * reason. Handlers end at once: the executor does what was decided.
 */
export function acceptDecisions(board: ProgressBoard): void {
  const retry = (input: RetryInput): RetryResult => ({
    step: input.step,
    round: board.retry(input),
  });
  setHandler(defineUpdate<RetryResult, [RetryInput]>(RETRY_UPDATE), retry, {
    description: `run a blocked step again; argument {"step": "cluster/step", ${WHO_AND_WHY}`,
    validator: (input) => refuse(refuseStepDecision('retry', input, board), 'RetryRefused'),
  });
  const skip = (input: SkipInput): SkipResult => ({
    step: input.step,
    missing: board.skipBlocked(input),
  });
  setHandler(defineUpdate<SkipResult, [SkipInput]>(SKIP_UPDATE), skip, {
    description: `let a blocked step count as finished; argument {"step": "cluster/step", ${WHO_AND_WHY}`,
    validator: (input) => refuse(refuseStepDecision('skip', input, board), 'SkipRefused'),
  });
  for (const update of OPERATION_UPDATES) {
    const handler = (input: CancelInput): DecisionResult => {
      const at = board.decisions.take(update, input);
      if (update === 'cancel') cancelSelf();
      return { at };
    };
    setHandler(defineUpdate<DecisionResult, [CancelInput]>(update), handler, {
      description: `${DESCRIPTIONS[update]}; argument {${WHO_AND_WHY}`,
      validator: (input) =>
        refuse(refuseOperationDecision(update, input, board), 'DecisionRefused'),
    });
  }
}

function refuse(why: string | null, type: string): void {
  if (why !== null) throw ApplicationFailure.nonRetryable(why, type);
}
