import { Context } from '@temporalio/activity';
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { FOLLOW_SIGNAL, SYNC_WORKFLOW, type SyncInput } from '../../contract/mesh-sync.ts';
import { MESH_OPERATION, MESH_STATE } from '../../contract/search-attributes.ts';
import { syncMetadata } from '../../contract/sync-metadata.ts';
import { meshWorkflowId, syncWorkflowId } from '../../contract/workflow-ids.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { FollowSpec } from '../../mesh/sync/followed-target.ts';
import type { MeshOperations } from '../ports/mesh-operations.ts';
import { temporalWritePermit } from './temporal-write-permit.ts';

/** Time limit of one question to Temporal, in milliseconds. */
const ASK_MS = 10_000;
/** Digits of a run id that tell it from others. */
const SHORT_RUN = 13;

/** Operations in the Temporal that the running activity came from, asked over its worker's own connection. */
export const temporalMeshOperations: MeshOperations = {
  async atWork(mesh) {
    const found = await ask((client) => client.workflow.getHandle(meshWorkflowId(mesh)).describe());
    if (found === null || (found.status.name !== 'RUNNING' && found.status.name !== 'PAUSED'))
      return null;
    if (found.typedSearchAttributes.get(MESH_STATE) === 'blocked') return null;
    if (onlyLooks(found)) return null;
    const kind = found.typedSearchAttributes.get(MESH_OPERATION) ?? 'operation';
    return `${kind} ${found.runId.slice(0, SHORT_RUN)}`;
  },

  async follow(spec) {
    const workflowId = syncWorkflowId(spec.mesh);
    const running = await ask((client) => client.workflow.getHandle(workflowId).describe());
    const input: SyncInput = { spec, carried: null };
    await temporalWritePermit().confirmed();
    await ask((client) =>
      client.workflow.signalWithStart(SYNC_WORKFLOW, {
        workflowId,
        taskQueue: Context.current().info.taskQueue,
        args: [input],
        signal: FOLLOW_SIGNAL,
        signalArgs: [spec],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        ...syncMetadata(spec),
      }),
    );
    return running?.status.name === 'RUNNING' ? 'told' : 'begun';
  },

  async endFollowing(spec: FollowSpec) {
    await temporalWritePermit().confirmed();
    const told = await ask(async (client) => {
      await client.workflow.getHandle(syncWorkflowId(spec.mesh)).signal(FOLLOW_SIGNAL, spec);
      return true;
    });
    return told ?? false;
  },
};

/** Whether all that it does is to try again to look at clusters that are away: that may take days. */
function onlyLooks({ raw }: WorkflowExecutionDescription): boolean {
  const pending = raw.pendingActivities ?? [];
  const looks = pending.every(
    ({ activityType, attempt }) => activityType?.name === 'precheck' && (attempt ?? 1) > 1,
  );
  return looks && pending.length > 0 && !raw.pendingWorkflowTask;
}

/** Asks Temporal; null when there is no such workflow. */
async function ask<T>(question: (client: Client) => Promise<T>): Promise<T | null> {
  const { client } = Context.current();
  try {
    return await client.withDeadline(Date.now() + ASK_MS, () => question(client));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw new MeshFailure(
      'ApiUnavailable',
      'temporal does not answer the worker',
      {},
      { cause: error },
    );
  }
}
