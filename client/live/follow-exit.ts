import { decisionCommand } from '../../contract/decision-command.ts';
import type { OperationKind, OperationState } from '../../contract/mesh-status.ts';
import type { FailureType } from '../../mesh/failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Line } from '../render/look.ts';
import { painted } from '../render/look.ts';
import type { TemporalSession } from '../session.ts';
import type { Run } from '../history/find-operations.ts';
import type { FollowEnd } from './follow.ts';

const EXIT_OF_STATE: { readonly [S in OperationState]: ExitCode } = {
  running: EXIT.ok,
  succeeded: EXIT.ok,
  blocked: EXIT.blocked,
  paused: EXIT.blocked,
  failed: EXIT.failed,
  canceled: EXIT.failed,
};

/** Failure of an operation that ended because a person gave it up. */
const ABORTED: FailureType = 'Aborted';

/** The exit code that says where an operation stands. */
export function exitOfState(state: OperationState): ExitCode {
  return EXIT_OF_STATE[state];
}

/** The exit code that says how following ended. */
export function exitOfFollow({ how, snapshot }: FollowEnd): ExitCode {
  if (how === 'interrupted') return EXIT.interrupted;
  if (how === 'timeout') return EXIT.timedOut;
  return snapshot === null ? EXIT.failed : exitOfState(snapshot.progress.operation.state);
}

/**
 * The exit code of a command that was to end the operation: it ended because of that, or by itself before. One that failed meanwhile for a reason
 * of its own has failed.
 */
export function exitOfStop(end: FollowEnd): ExitCode {
  const { how, snapshot } = end;
  const isStopped =
    snapshot?.progress.operation.state === 'canceled' || snapshot?.failure?.type === ABORTED;
  return how === 'ended' && isStopped ? EXIT.ok : exitOfFollow(end);
}

/** Tells someone who stopped looking that the run goes on, how to look again and how to cancel it. */
export function detachedLines(
  session: Pick<TemporalSession, 'link'>,
  mesh: string,
  kind: OperationKind,
  run: Pick<Run, 'workflowId' | 'runId'>,
  why: string,
): Line[] {
  // status and cancel are about what changes a mesh, which may run beside a verification
  const commands: Line[] =
    kind === 'verify'
      ? [['  follow   ', `meshwright verify ${mesh}`]]
      : [
          ['  follow   ', `meshwright status ${mesh} --watch`],
          ['  cancel   ', decisionCommand('cancel', mesh)],
        ];
  return [
    [painted(`${why}: the ${WORDS[kind]} of ${mesh} goes on`, 'bold')],
    ...commands,
    ['  UI       ', session.link(run.workflowId, run.runId)],
  ];
}

const WORDS: { readonly [K in OperationKind]: string } = {
  install: 'install',
  uninstall: 'uninstall',
  verify: 'verification',
  plan: 'plan',
};
