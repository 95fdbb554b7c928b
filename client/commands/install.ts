import type { InstallInput } from '../../contract/messages.ts';
import { meshWorkflowId } from '../../contract/workflow-ids.ts';
import type { Member } from '../../mesh/plan/member.ts';
import type { Plan } from '../../mesh/plan/plan.ts';
import { announce, refuseEnding, runsAlready } from '../announce.ts';
import type { StartedOperation } from '../announce.ts';
import { askTerminal } from '../ask-terminal.ts';
import { ClientFailure } from '../client-failure.ts';
import { confirmMesh } from '../confirm-mesh.ts';
import { EXIT } from '../exit-codes.ts';
import { leftByLast } from '../last-operation.ts';
import { followOperation } from '../live/follow-operation.ts';
import { DEFAULT_FILE, readMeshFile } from '../mesh-file.ts';
import type { AskedMesh } from '../mesh-file.ts';
import type { ClientFlags } from '../options.ts';
import { planOperation } from '../plan-operation.ts';
import { renderPlan } from '../render/plan-screen.ts';
import { count } from '../render/step-text.ts';
import { openSession, withTemporal } from '../session.ts';
import type { Session, TemporalSession } from '../session.ts';
import { runningOperation, startOperation } from '../start-operation.ts';
import type { RunningOperation } from '../start-operation.ts';

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
    const { started, plan } = await startOrAttach(temporal, flags, asked);
    await announce(temporal, started, flags.detach === true);
    if (flags.detach === true) return EXIT.ok;
    return followOperation(temporal, flags, started.run, {
      mesh: asked.spec.name,
      kind: 'install',
      timeoutMs: flags.timeout ?? null,
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

type Started = { started: StartedOperation; plan: Plan | null };

async function startOrAttach(
  session: TemporalSession,
  flags: InstallFlags,
  asked: AskedMesh,
): Promise<Started> {
  const { access, requester } = session;
  const workflowId = meshWorkflowId(asked.spec.name);
  const running = await runningOperation(access, workflowId);
  if (running !== null) return attach(session, asked, running);
  const remembered = await leftByLast(access, asked.spec);
  const plan = flags.yes === true ? null : await confirmedPlan(session, flags, asked, remembered);
  const input: InstallInput = {
    ...asked,
    by: requester,
    reason: flags.reason ?? null,
    confirmedDigest: plan?.digest ?? null,
    mayRemove: flags.confirm !== undefined,
    forget: flags.forget ?? [],
    remembered,
  };
  const outcome = await startOperation(access, 'install', workflowId, input);
  if ('running' in outcome) return attach(session, asked, outcome.running);
  return { started: { ...ofMesh(asked), run: outcome.started, attached: null }, plan };
}

function ofMesh({ spec }: AskedMesh): Pick<StartedOperation, 'mesh' | 'kind' | 'document'> {
  return { mesh: spec.name, kind: 'install', document: 'InstallStarted' };
}

async function attach(
  session: TemporalSession,
  asked: AskedMesh,
  running: RunningOperation,
): Promise<Started> {
  if (running.kind !== 'install' || running.specDigest !== asked.specDigest)
    throw runsAlready(session, asked.spec.name, 'install', running);
  await refuseEnding(session, asked.spec.name, running);
  return { started: { ...ofMesh(asked), run: running, attached: running }, plan: null };
}

async function confirmedPlan(
  session: TemporalSession,
  flags: InstallFlags,
  asked: AskedMesh,
  remembered: Member[],
): Promise<Plan> {
  const { output } = session;
  const what = { ...asked, forget: flags.forget ?? [], remembered };
  const plan = await planOperation(session, flags, what, flags.timeout ?? PLAN_MS);
  output.report(renderPlan(asked.spec, plan, false, output.noteLook));
  const { clusters, name } = asked.spec;
  const leaving = plan.steps.filter(({ kind }) => kind === 'removeCluster');
  const to = `apply to ${count(clusters.length, 'cluster')}`;
  if (leaving.length > 0 && flags.confirm === undefined) {
    const from = leaving.map(({ cluster }) => cluster).join(', ');
    await confirmMesh.ask(name, `remove the mesh from ${from} and ${to}`, {});
    return plan;
  }
  const answer = await askTerminal(`A${to.slice(1)}? [y/N] `);
  if (/^y(es)?$/i.test(answer ?? '')) return plan;
  throw new ClientFailure(EXIT.usage, 'not confirmed; nothing was changed');
}
