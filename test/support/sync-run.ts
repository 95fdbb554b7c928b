import type { Client, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  FOLLOW_SIGNAL,
  SYNC_QUERY,
  SYNC_WORKFLOW,
  type SyncInput,
  type SyncStatus,
} from '../../contract/mesh-sync.ts';
import { syncMetadata } from '../../contract/sync-metadata.ts';
import { syncWorkflowId } from '../../contract/workflow-ids.ts';
import type { FollowSpec } from '../../mesh/sync/followed-target.ts';
import { awaitTrue } from './install-run.ts';

/** Handle of a running sync. */
export type SyncHandle = WorkflowHandleWithSignaledRunId<Workflow>;

/** Hands over what is to be followed as an install does. */
export function handOver(
  client: Client,
  taskQueue: string,
  spec: FollowSpec,
  more: Partial<SyncInput> = {},
): Promise<SyncHandle> {
  return client.workflow.signalWithStart(SYNC_WORKFLOW, {
    workflowId: syncWorkflowId(spec.mesh),
    taskQueue,
    args: [{ spec, carried: null, ...more }],
    signal: FOLLOW_SIGNAL,
    signalArgs: [spec],
    ...syncMetadata(spec),
  });
}

/** What the sync says, whichever of its runs is the present one; asked only while no workflow task is under way, as progressOf. */
export async function syncStatusOf(client: Client, mesh: string): Promise<SyncStatus> {
  const handle = client.workflow.getHandle(syncWorkflowId(mesh));
  await awaitTrue(
    () => handle.describe(),
    ({ raw }) => !raw.pendingWorkflowTask,
  );
  return handle.query<SyncStatus>(SYNC_QUERY);
}

/** Waits until the sync says what is wanted, and answers it. */
export function awaitSync(
  client: Client,
  mesh: string,
  wanted: (status: SyncStatus) => boolean,
): Promise<SyncStatus> {
  return awaitTrue(() => syncStatusOf(client, mesh), wanted);
}
