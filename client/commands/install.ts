import { createInterface } from 'node:readline/promises';
import type { InstallInput } from '../../contract/messages.ts';
import { meshWorkflowId } from '../../contract/workflow-ids.ts';
import type { Plan } from '../../mesh/plan/plan.ts';
import { ClientFailure } from '../client-failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { Run } from '../history/find-operations.ts';
import { followInstall } from '../live/follow-install.ts';
import { DEFAULT_FILE, readMeshFile } from '../mesh-file.ts';
import type { AskedMesh } from '../mesh-file.ts';
import type { ClientFlags } from '../options.ts';
import { planOperation } from '../plan-operation.ts';
import { painted, sign } from '../render/look.ts';
import type { Line } from '../render/look.ts';
import { renderPlan } from '../render/plan-screen.ts';
import { count, shortRun } from '../render/step-text.ts';
import { elapsed } from '../render/time.ts';
import { openSession, withTemporal } from '../session.ts';
import type { Session, TemporalSession } from '../session.ts';
import { runningOperation, startOperation } from '../start-operation.ts';
import type { RunningOperation } from '../start-operation.ts';
import { noWorkerText, readWorkerPresence } from '../worker-presence.ts';

/** Flags of `install`. */
export type InstallFlags = ClientFlags & {
  /** Mesh file. */
  file?: string;
  /** Installs without asking. */
  yes?: boolean;
  /** Name of the mesh, typed to agree that clusters which have left the file are removed. */
  confirm?: string;
  /** Clusters that have left the file and are gone for good. */
  forget?: string[];
  /** Returns as soon as the run is started. */
  detach?: boolean;
  /** Why, for the history. */
  reason?: string;
  /** Limit of following, in milliseconds; none when absent. */
  timeout?: number;
};

/** Longest planning before a confirmation, in milliseconds; an install itself has no such limit. */
const PLAN_MS = 300_000;

/** Runs `meshwright install`: plan, confirm, start or attach, follow. */
export async function runInstallCommand(flags: InstallFlags): Promise<void> {
  const session = openSession(flags);
  const file = flags.file ?? session.environment.meshFile ?? DEFAULT_FILE;
  const asked = await readMeshFile(file);
  requireAnswer(session, flags, file);
  refuseOtherName(flags, asked);
  await withTemporal(session, flags, async (temporal) => {
    const { run, attached, plan } = await startOrAttach(temporal, flags, asked);
    await announce(temporal, flags, asked, run, attached);
    if (flags.detach === true) return EXIT.ok;
    const timeoutMs = flags.timeout ?? null;
    return followInstall(temporal, flags, run, {
      mesh: asked.spec.name,
      timeoutMs,
      planShown: plan !== null,
    });
  });
}

function requireAnswer({ output }: Session, flags: InstallFlags, file: string): void {
  if (flags.yes === true || (output.canAsk() && file !== '-')) return;
  const why = file === '-' ? 'stdin holds the mesh file' : 'there is no terminal';
  throw new ClientFailure(EXIT.usage, `nobody can be asked to confirm the plan: ${why}`, {
    cures: ['install without being asked: --yes', `look first: meshwright plan -f ${file}`],
  });
}

function refuseOtherName({ confirm }: InstallFlags, { spec }: AskedMesh): void {
  if (confirm === undefined || confirm === spec.name) return;
  throw new ClientFailure(
    EXIT.usage,
    `--confirm ${confirm} is not the name of the mesh, which is ${spec.name}; nothing was changed`,
  );
}

type Started = { run: Run; attached: RunningOperation | null; plan: Plan | null };

async function startOrAttach(
  session: TemporalSession,
  flags: InstallFlags,
  asked: AskedMesh,
): Promise<Started> {
  const { access, requester } = session;
  const workflowId = meshWorkflowId(asked.spec.name);
  const running = await runningOperation(access, workflowId);
  if (running !== null) return attach(session, asked, running);
  const plan = flags.yes === true ? null : await confirmedPlan(session, flags, asked);
  const input: InstallInput = {
    ...asked,
    by: requester,
    reason: flags.reason ?? null,
    confirmedDigest: plan?.digest ?? null,
    mayRemove: flags.confirm !== undefined,
    forget: flags.forget ?? [],
  };
  const outcome = await startOperation(access, 'install', workflowId, input);
  return 'running' in outcome
    ? attach(session, asked, outcome.running)
    : { run: outcome.started, attached: null, plan };
}

function attach(session: TemporalSession, asked: AskedMesh, running: RunningOperation): Started {
  if (running.specDigest === asked.specDigest)
    return { run: running, attached: running, plan: null };
  const mesh = asked.spec.name;
  throw new ClientFailure(
    EXIT.failed,
    `an install of ${mesh} with another file runs: run ${shortRun(running.runId)}, ${startedText(running)}`,
    {
      lines: [`UI: ${session.link(running.workflowId, running.runId)}`],
      cures: [
        `wait for it: meshwright status ${mesh} --watch`,
        `or cancel it: temporal workflow cancel --workflow-id ${running.workflowId}`,
      ],
    },
  );
}

function startedText({ startedAt, by, reason }: RunningOperation): string {
  return `started ${elapsed(Date.now() - Date.parse(startedAt))} ago by ${by}${reason === null ? '' : ` ("${reason}")`}`;
}

async function confirmedPlan(
  session: TemporalSession,
  flags: InstallFlags,
  asked: AskedMesh,
): Promise<Plan> {
  const { output } = session;
  const plan = await planOperation(session, flags, asked, flags.timeout ?? PLAN_MS);
  output.report(renderPlan(asked.spec, plan, false, output.noteLook));
  const { clusters, name } = asked.spec;
  const leaving = plan.steps.filter(({ kind }) => kind === 'removeCluster');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (leaving.length > 0 && flags.confirm === undefined) {
      const answer = await terminal.question(
        `Remove the mesh from ${leaving.map(({ cluster }) => cluster).join(', ')} and apply to ${count(clusters.length, 'cluster')}? Type the name of the mesh: `,
      );
      if (answer.trim() === name) return plan;
    } else {
      const answer = await terminal.question(
        `Apply to ${count(clusters.length, 'cluster')}? [y/N] `,
      );
      if (/^y(es)?$/i.test(answer.trim())) return plan;
    }
  } catch {
    // Ctrl-C and Ctrl-D at the question are a no
  } finally {
    terminal.close();
  }
  throw new ClientFailure(EXIT.usage, 'not confirmed; nothing was changed');
}

/** Says within a second what was started or found, and where it can be seen. */
async function announce(
  session: TemporalSession,
  flags: InstallFlags,
  { spec }: AskedMesh,
  run: Run,
  attached: RunningOperation | null,
): Promise<void> {
  const { output } = session;
  const ui = session.link(run.workflowId, run.runId);
  const what: Line =
    attached === null
      ? [sign('running', output.noteLook), ` install of ${spec.name} started · run ${run.runId}`]
      : [
          sign('running', output.noteLook),
          ` the same install of ${spec.name} runs already, ${startedText(attached)} · run ${run.runId}`,
        ];
  if (flags.detach !== true) {
    output.note(what, ['  ', painted(ui, 'cyan')]);
    return;
  }
  const { mesh, workflowId, runId } = { mesh: spec.name, ...run };
  const document = {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'InstallStarted',
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
