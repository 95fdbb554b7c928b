import { decisionCommand } from '../contract/decision-command.ts';
import type { OperationKind } from '../contract/mesh-status.ts';
import { ClientFailure } from './client-failure.ts';
import { EXIT } from './exit-codes.ts';
import type { Run } from './history/find-operations.ts';
import { OperationReader } from './live/operation-reader.ts';
import { painted, sign } from './render/look.ts';
import type { Line } from './render/look.ts';
import { shortRun } from './render/step-text.ts';
import { elapsed } from './render/time.ts';
import type { TemporalSession } from './session.ts';
import type { RunningOperation } from './start-operation.ts';
import { noWorkerText, readWorkerPresence } from './worker-presence.ts';

/** What was started, or found to run already. */
export type StartedOperation = {
  /** Mesh name. */
  mesh: string;
  /** Kind of operation. */
  kind: OperationKind;
  /** `kind` of the document that `--detach` prints. */
  document: string;
  /** Its run. */
  run: Run;
  /** The one that ran already and is the same as was asked for; null when this one was started. */
  attached: RunningOperation | null;
};

/** An operation with its article. */
export const A_KIND: { readonly [K in OperationKind]: string } = {
  install: 'an install',
  uninstall: 'an uninstall',
  verify: 'a verification',
  plan: 'a plan',
};

/** Says within a second what was started or found, and where it can be seen. */
export async function announce(
  session: TemporalSession,
  started: StartedOperation,
  detach: boolean,
): Promise<void> {
  const { output } = session;
  const { mesh, kind, run, attached } = started;
  const ui = session.link(run.workflowId, run.runId);
  const what: Line =
    attached === null
      ? [sign('running', output.noteLook), ` ${kind} of ${mesh} started · run ${run.runId}`]
      : [
          sign('running', output.noteLook),
          ` the same ${kind} of ${mesh} runs already, ${startedText(attached)} · run ${run.runId}`,
        ];
  if (!detach) {
    output.note(what, ['  ', painted(ui, 'cyan')]);
    return;
  }
  const { workflowId, runId } = run;
  const document = {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: started.document,
    mesh,
    workflowId,
    runId,
    attached: attached !== null,
    ui,
  };
  await output.answer(document, () => [
    what,
    ['  UI       ', ui],
    ['  follow   ', `meshwright status ${mesh} --watch`],
  ]);
  const presence = await readWorkerPresence(session.access, Date.now());
  if (!presence.polls) {
    output.note(
      [
        sign('warning', output.noteLook),
        ` ${noWorkerText(session.access, presence)}: the run is stored and starts when one does`,
      ],
      ['  try: meshwright worker'],
    );
  }
}

/** The failure of a command that would start an operation while another one of the mesh runs. */
export function runsAlready(
  session: TemporalSession,
  mesh: string,
  wanted: OperationKind,
  running: RunningOperation,
): ClientFailure {
  const { kind, runId, workflowId } = running;
  const others =
    kind === 'uninstall' ? ' with another file or other options' : ' with another file';
  const difference = kind === wanted ? others : '';
  return new ClientFailure(
    EXIT.failed,
    `${A_KIND[kind]} of ${mesh}${difference} runs: run ${shortRun(runId)}, ${startedText(running)}`,
    {
      lines: [`UI: ${session.link(workflowId, runId)}`],
      cures: [
        `wait for it: meshwright status ${mesh} --watch`,
        `or cancel it: ${decisionCommand('cancel', mesh)}`,
      ],
    },
  );
}

/**
 * Makes sure that the operation which is to be followed, instead of one that was asked for, is to reach its end.
 * @throws {ClientFailure} 1: somebody has canceled it or given it up
 */
export async function refuseEnding(
  { access, link }: TemporalSession,
  mesh: string,
  { kind, runId, workflowId }: RunningOperation,
): Promise<void> {
  const { progress } = await new OperationReader(access, workflowId, runId).read();
  const { aborted, canceled = aborted } = progress.operation;
  if (canceled === undefined) return;
  const { by, reason, at } = canceled;
  const how = canceled === aborted ? 'given up' : 'canceled';
  const undone =
    progress.operation.canceled?.undo === true ? ', and what it made is taken back' : '';
  throw new ClientFailure(
    EXIT.failed,
    `${A_KIND[kind]} of ${mesh} comes to its end: run ${shortRun(runId)} was ${how} ${elapsed(Date.now() - Date.parse(at))} ago by ${by} ("${reason}")${undone}`,
    {
      lines: [`UI: ${link(workflowId, runId)}`],
      cures: [`wait for its end, then ask again: meshwright status ${mesh} --watch`],
    },
  );
}

function startedText({ startedAt, by, reason }: RunningOperation): string {
  return `started ${elapsed(Date.now() - Date.parse(startedAt))} ago by ${by}${reason === null ? '' : ` ("${reason}")`}`;
}
