import { SYNC_WORKFLOW, type ApplyDriftInput, type DriftWrite } from '../../contract/mesh-sync.ts';
import { syncWorkflowId } from '../../contract/workflow-ids.ts';
import { TARGET_TITLES } from '../../mesh/sync/followed-target.ts';
import type { TemporalAccess } from '../connection.ts';
import { firstOf, isoTime, readFailure } from '../history/decode.ts';
import type { HistoryEvent } from '../history/decode.ts';
import { fetchEvents } from '../history/fetch-record.ts';

/** A write of a mesh's sync, as its history tells of it. */
export type SyncWrite = {
  /** Run of the sync. */
  runId: string;
  /** ISO-8601 time of its end. */
  at: string;
  /** Cluster that was written. */
  cluster: string;
  /** Target id. */
  target: string;
  /** What it is, e.g. `istiod at`. */
  title: string;
  /** Addresses before. */
  before: string[];
  /** Addresses since; those that it should have had when the write failed. */
  after: string[];
  /** Why it was not written; null when it was. */
  failure: { type: string; message: string } | null;
};

/** Reads what a mesh's sync wrote from the histories of its runs, the latest first, at most `limit`; works without a worker. */
export async function readSyncWrites(
  access: TemporalAccess,
  mesh: string,
  limit: number,
): Promise<SyncWrite[]> {
  const query = `WorkflowId = "${syncWorkflowId(mesh)}"`;
  const writes: SyncWrite[] = [];
  for await (const { workflowId, runId } of access.client.workflow.list({ query, pageSize: 100 })) {
    const events = await fetchEvents(access, workflowId, runId);
    writes.push(...writesIn(events, runId).reverse());
    if (writes.length >= limit) break;
  }
  return writes.slice(0, limit);
}

/** What one run wrote, in order; what turned out not to be needed is left out. */
export function writesIn(events: readonly HistoryEvent[], runId: string): SyncWrite[] {
  const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
  if (type !== SYNC_WORKFLOW) return [];
  const asked = new Map<string, ApplyDriftInput>();
  const writes: SyncWrite[] = [];
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name === 'applyDrift') {
      const input = firstOf<ApplyDriftInput>(scheduled.input);
      if (input !== undefined) asked.set(String(event.eventId), input);
    }
    const done = event.activityTaskCompletedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes;
    const input = asked.get(String(done?.scheduledEventId ?? failed?.scheduledEventId ?? ''));
    if (input === undefined) continue;
    const { target, seen, wanted } = input;
    const names = {
      cluster: target.cluster.name,
      target: target.id,
      title: TARGET_TITLES[target.kind],
    };
    const write = { runId, at: isoTime(event.eventTime) ?? '', ...names };
    const told = done ? firstOf<DriftWrite>(done.result) : undefined;
    if (told !== undefined && told.before.join() !== told.after.join())
      writes.push({ ...write, before: told.before, after: told.after, failure: null });
    if (failed) {
      const { type: failure, message } = readFailure(failed.failure);
      writes.push({ ...write, before: seen, after: wanted, failure: { type: failure, message } });
    }
  }
  return writes;
}
