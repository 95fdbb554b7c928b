import type { UninstallInput } from '../../contract/messages.ts';
import { meshWorkflowId } from '../../contract/workflow-ids.ts';
import type { Plan } from '../../mesh/plan/plan.ts';
import type { UninstallOptions } from '../../mesh/plan/uninstall-options.ts';
import { announce, refuseEnding, runsAlready } from '../announce.ts';
import type { StartedOperation } from '../announce.ts';
import { ClientFailure } from '../client-failure.ts';
import { confirmMesh } from '../confirm-mesh.ts';
import type { ConfirmFlags } from '../confirm-mesh.ts';
import { EXIT } from '../exit-codes.ts';
import { latestRun, unknownMesh } from '../history/find-operations.ts';
import { lastOperation, leftByLast, readFileOf } from '../last-operation.ts';
import { followOperation } from '../live/follow-operation.ts';
import type { AskedMesh } from '../mesh-file.ts';
import type { ClientFlags } from '../options.ts';
import { planOperation } from '../plan-operation.ts';
import { renderPlan } from '../render/plan-screen.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { runningOperation, startOperation } from '../start-operation.ts';
import type { RunningOperation } from '../start-operation.ts';

/** Flags of `uninstall`. */
export type UninstallFlags = ClientFlags &
  ConfirmFlags & {
    /** Mesh file instead of that of the last install. */
    file?: string;
    /** Istio's definitions go too, where nothing uses them. */
    crds?: boolean;
    /** Goes on although something outside of the mesh is linked to it. */
    force?: boolean;
    /** Clusters that are gone for good. */
    forget?: string[];
    /** How long a cluster that cannot be reached is tried for, in milliseconds. */
    leaveAfter: number;
    /** Returns as soon as the run is started. */
    detach?: boolean;
    /** Why, for the history. */
    reason?: string;
    /** Limit of following, in milliseconds; none when absent. */
    timeout?: number;
  };

/** Longest planning before a confirmation, in milliseconds; an uninstall itself has no such limit. */
const PLAN_MS = 300_000;

/** Runs `meshwright uninstall`: show, confirm, start or attach, follow. */
export async function runUninstallCommand(mesh: string, flags: UninstallFlags): Promise<void> {
  const session = openSession(flags);
  confirmMesh.require(session.output, mesh, 'uninstall', flags);
  const fromFile =
    flags.file === undefined ? null : await readFileOf(mesh, flags.file, 'uninstall');
  await withTemporal(session, flags, async (temporal) => {
    const asked = fromFile ?? (await knownMesh(temporal, mesh));
    const { started, plan } = await startOrAttach(temporal, flags, asked);
    await announce(temporal, started, flags.detach === true);
    if (flags.detach === true) return EXIT.ok;
    return followOperation(temporal, flags, started.run, {
      mesh,
      kind: 'uninstall',
      timeoutMs: flags.timeout ?? null,
      planShown: plan !== null,
    });
  });
}

/** Temporal forgets after its retention; then the file must say which clusters the mesh has. */
async function knownMesh({ access }: TemporalSession, mesh: string): Promise<AskedMesh> {
  if ((await latestRun(access, meshWorkflowId(mesh))) !== null) return lastOperation(access, mesh);
  const { message, lines } = await unknownMesh(access, mesh);
  throw new ClientFailure(EXIT.failed, message, {
    lines,
    cures: [`if Temporal has forgotten it: meshwright uninstall ${mesh} -f mesh.yaml`],
  });
}

type Started = { started: StartedOperation; plan: Plan | null };

async function startOrAttach(
  session: TemporalSession,
  flags: UninstallFlags,
  { spec, specDigest }: AskedMesh,
): Promise<Started> {
  const { access, requester } = session;
  const mesh = spec.name;
  const asked = { spec, specDigest };
  const running = await runningOperation(access, meshWorkflowId(mesh));
  const { crds = false, force = false, forget = [], leaveAfter } = flags;
  const decided = { crds, force, forget, leaveAfterMs: leaveAfter };
  if (running !== null) return attach(session, asked, decided, running);
  const remembered = await leftByLast(access, asked.spec);
  const uninstall = { ...decided, remembered };
  const plan = flags.yes === true ? null : await confirmedPlan(session, flags, asked, uninstall);
  const input: UninstallInput = {
    ...asked,
    by: requester,
    reason: flags.reason ?? null,
    confirmedDigest: plan?.digest ?? null,
    uninstall,
  };
  const outcome = await startOperation(access, 'uninstall', meshWorkflowId(mesh), input);
  if ('running' in outcome) return attach(session, asked, decided, outcome.running);
  return { started: { ...ofMesh(mesh), run: outcome.started, attached: null }, plan };
}

function ofMesh(mesh: string): Pick<StartedOperation, 'mesh' | 'kind' | 'document'> {
  return { mesh, kind: 'uninstall', document: 'UninstallStarted' };
}

type Decided = Omit<UninstallOptions, 'remembered'>;

async function attach(
  session: TemporalSession,
  asked: AskedMesh,
  decided: Decided,
  running: RunningOperation,
): Promise<Started> {
  const mesh = asked.spec.name;
  const { kind, specDigest, uninstall } = running;
  const same = uninstall !== null && textOf(uninstall) === textOf(decided);
  if (kind !== 'uninstall' || specDigest !== asked.specDigest || !same)
    throw runsAlready(session, mesh, 'uninstall', running);
  await refuseEnding(session, mesh, running);
  return { started: { ...ofMesh(mesh), run: running, attached: running }, plan: null };
}

function textOf({ crds, force, forget, leaveAfterMs }: Decided): string {
  return JSON.stringify([crds, force, [...forget].sort(), leaveAfterMs]);
}

async function confirmedPlan(
  session: TemporalSession,
  flags: UninstallFlags,
  asked: AskedMesh,
  uninstall: UninstallOptions,
): Promise<Plan> {
  const { output } = session;
  const { name } = asked.spec;
  const what = { ...asked, uninstall };
  const plan = await planOperation(session, flags, what, flags.timeout ?? PLAN_MS);
  output.report(renderPlan(asked.spec, plan, false, output.noteLook));
  await confirmMesh.ask(name, `remove mesh ${name} from its clusters`, flags);
  return plan;
}
