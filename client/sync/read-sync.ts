import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import {
  SYNC_QUERY,
  type SyncReport,
  type SyncResult,
  type SyncStatus,
} from '../../contract/mesh-sync.ts';
import { decodePayloads } from '../../codec/decode-payloads.ts';
import { payloadKeysFailureIn } from '../../codec/payload-keys.ts';
import { syncWorkflowId } from '../../contract/workflow-ids.ts';
import { withLimit } from '../connection.ts';
import type { TemporalAccess } from '../connection.ts';
import { readPending } from '../live/read-pending.ts';

/** A query needs a worker that answers; without one it would take until its time limit, in milliseconds. */
const QUERY_MS = 2_000;

/** What nobody knows of a sync. */
const UNKNOWN = {
  runId: null,
  since: null,
  yieldsTo: null,
  targets: [],
  changes: [],
  written: 0,
  trouble: null,
  ended: null,
} satisfies Partial<SyncReport>;

/** Reads how a mesh's sync stands, whether it runs, was ended or never began. */
export async function readSync(access: TemporalAccess, mesh: string): Promise<SyncReport> {
  const handle = access.client.workflow.getHandle(syncWorkflowId(mesh));
  let description: WorkflowExecutionDescription;
  try {
    description = await withLimit(access, () => handle.describe());
    await decodePayloads(access.codec, description.raw.pendingActivities);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { ...UNKNOWN, state: 'never' };
    throw error;
  }
  const { runId, status } = description;
  if (status.name !== 'RUNNING' && status.name !== 'PAUSED')
    return { ...UNKNOWN, state: 'ended', runId, ended: await endOf(access, description) };
  try {
    const told = await withLimit(access, () => handle.query<SyncStatus>(SYNC_QUERY), QUERY_MS);
    const { state, since, targets, changes, written, trouble } = told;
    const yieldsTo = yieldsToOf(description);
    return { ...UNKNOWN, state, runId, since, yieldsTo, targets, changes, written, trouble };
  } catch (error) {
    const unreadable = payloadKeysFailureIn(error);
    if (unreadable !== undefined) throw unreadable;
    // whether Temporal itself is away is found out by the call after this one; anything else means that no worker answers
    return { ...UNKNOWN, state: 'unanswered', runId };
  }
}

/** The watching activity says in its heartbeat to which operation it yields. */
function yieldsToOf(description: WorkflowExecutionDescription): string | null {
  const reasons = [...readPending(description).values()].map(({ heartbeat }) => heartbeat?.reason);
  const said = reasons.map((reason) => /^yields to (.+)$/.exec(reason ?? '')?.[1]);
  return said.find((operation) => operation !== undefined) ?? null;
}

async function endOf(
  access: TemporalAccess,
  { workflowId, runId, status, closeTime }: WorkflowExecutionDescription,
): Promise<NonNullable<SyncReport['ended']>> {
  const at = closeTime?.toISOString() ?? '';
  if (status.name !== 'COMPLETED') {
    const how = status.name.toLowerCase().replaceAll('_', ' ');
    return { at, by: null, reason: null, how };
  }
  const handle = access.client.workflow.getHandle(workflowId, runId);
  const { ended, by, reason } = (await withLimit(access, () => handle.result())) as SyncResult;
  return { at, by, reason, how: ended };
}
