import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { WORKFLOWS } from '../../contract/messages.ts';
import { meshWorkflowId, planWorkflowId, verifyWorkflowId } from '../../contract/workflow-ids.ts';
import { nearestName } from '../../mesh/spec/nearest-name.ts';
import { ClientFailure } from '../client-failure.ts';
import { withLimit } from '../connection.ts';
import type { TemporalAccess } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';

/** One run of a workflow. */
export type Run = {
  /** Workflow id. */
  workflowId: string;
  /** Run id. */
  runId: string;
  /** Whether it still runs. */
  open: boolean;
  /** First run of the operation, which may have gone on in several; absent where it was not asked for. */
  firstRunId?: string;
};

/** Most meshes that are looked through for a name that a person may have meant. */
const KNOWN_MESHES = 200;

/** Latest run of a workflow id; null when there is none. Asks the history store, which knows at once of what was started. */
export async function latestRun(access: TemporalAccess, workflowId: string): Promise<Run | null> {
  try {
    const { runId, status, raw } = await withLimit(access, () =>
      access.client.workflow.getHandle(workflowId).describe(),
    );
    const firstRunId = raw.workflowExecutionInfo?.firstRunId || runId;
    return {
      workflowId,
      runId,
      open: status.name === 'RUNNING' || status.name === 'PAUSED',
      firstRunId,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/**
 * Latest install of a mesh.
 * @throws {ClientFailure} 1: the mesh was never installed, with the names that are known
 */
export async function requireInstall(access: TemporalAccess, mesh: string): Promise<Run> {
  const run = await latestRun(access, meshWorkflowId(mesh));
  if (run !== null) return run;
  throw await unknownMesh(access, mesh);
}

/** The failure of a command about a mesh that Temporal knows nothing of. */
export async function unknownMesh(access: TemporalAccess, mesh: string): Promise<ClientFailure> {
  const { namespace, address } = access.target;
  const known = await knownMeshes(access);
  if (known.includes(mesh))
    return new ClientFailure(
      EXIT.failed,
      `the latest operation of mesh "${mesh}" was deleted in Temporal, namespace "${namespace}" at ${address}`,
      {
        cures: [
          `what is left of the others: meshwright history ${mesh}`,
          `meshwright install -f mesh.yaml, where metadata.name is ${mesh}`,
        ],
      },
    );
  const near = nearestName(mesh, known);
  return new ClientFailure(
    EXIT.failed,
    `mesh "${mesh}" was never installed: no operation of it in namespace "${namespace}" at ${address}${near === null ? '' : `; did you mean "${near}"?`}`,
    {
      lines: known.length === 0 ? [] : [`known meshes: ${known.slice(0, 20).join(', ')}`],
      cures: [`meshwright install -f mesh.yaml, where metadata.name is ${mesh}`],
    },
  );
}

/** Runs of a mesh's operations, the latest start first, at most `limit`; `whole`: of one that went on in several runs the last alone. */
export async function listRuns(
  access: TemporalAccess,
  mesh: string,
  plans: boolean,
  limit: number,
  whole = true,
): Promise<WorkflowExecutionInfo[]> {
  const ids = [
    meshWorkflowId(mesh),
    verifyWorkflowId(mesh),
    ...(plans ? [planWorkflowId(mesh)] : []),
  ];
  const ours = `WorkflowId IN (${ids.map((id) => `"${id}"`).join(', ')})`;
  return listed(access, whole ? `${ours} AND ExecutionStatus != "ContinuedAsNew"` : ours, limit);
}

async function knownMeshes(access: TemporalAccess): Promise<string[]> {
  try {
    const runs = await listed(
      access,
      `WorkflowType IN ("${WORKFLOWS.install}", "${WORKFLOWS.uninstall}")`,
      KNOWN_MESHES,
    );
    return [...new Set(runs.map(({ workflowId }) => workflowId.replace(/^mesh-/, '')))].sort();
  } catch {
    // only a hint hangs on it
    return [];
  }
}

function listed(
  access: TemporalAccess,
  query: string,
  limit: number,
): Promise<WorkflowExecutionInfo[]> {
  return withLimit(access, async () => {
    const runs: WorkflowExecutionInfo[] = [];
    for await (const run of access.client.workflow.list({
      query,
      pageSize: Math.min(limit, 100),
    })) {
      runs.push(run);
      if (runs.length >= limit) break;
    }
    return runs;
  });
}
