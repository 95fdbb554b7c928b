import { TASK_QUEUE } from '../contract/workflow-ids.ts';
import { ClientFailure } from './client-failure.ts';
import { withLimit } from './connection.ts';
import type { TemporalAccess } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { isoTime } from './history/decode.ts';

/** Whether a worker polls the task queue. */
export type WorkerPresence = {
  /** Whether one polled within the time a live worker polls again. */
  polls: boolean;
  /** ISO-8601 time of the last poll; null when Temporal remembers none. It forgets after five minutes. */
  lastSeen: string | null;
  /** Identity of the worker that polled last; null when Temporal remembers none. */
  identity: string | null;
};

/** A poll waits up to a minute at the server, so a live worker is seen at least this often, in milliseconds. */
const POLL_MS = 65_000;
/** Number of temporal.api.enums.v1.TaskQueueType.WORKFLOW. */
const WORKFLOW_QUEUE = 1;

/** Asks Temporal who polls the task queue. */
export async function readWorkerPresence(
  access: TemporalAccess,
  now: number,
): Promise<WorkerPresence> {
  const { pollers } = await withLimit(access, () =>
    access.connection.workflowService.describeTaskQueue({
      namespace: access.target.namespace,
      taskQueue: { name: TASK_QUEUE },
      taskQueueType: WORKFLOW_QUEUE,
    }),
  );
  const last = (pollers ?? [])
    .map(({ lastAccessTime, identity }) => ({ at: isoTime(lastAccessTime), identity }))
    .toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? ''))
    .at(-1);
  const lastSeen = last?.at ?? null;
  const polls = lastSeen !== null && now - Date.parse(lastSeen) < POLL_MS;
  return { polls, lastSeen, identity: last?.identity ?? null };
}

/** What nobody polling means, as one line. */
export function noWorkerText(access: TemporalAccess, { lastSeen }: WorkerPresence): string {
  const seen = lastSeen === null ? '' : `, last seen ${lastSeen}`;
  return `nobody polls task queue "${TASK_QUEUE}" in namespace "${access.target.namespace}"${seen}`;
}

/** The failure of a command that needs a worker; `consequence` says what happens to what was asked. */
export function noWorkerFailure(
  access: TemporalAccess,
  presence: WorkerPresence,
  consequence: string,
): ClientFailure {
  return new ClientFailure(EXIT.noWorker, `${noWorkerText(access, presence)}: ${consequence}`, {
    cures: [`meshwright worker, on a machine that reaches the clusters`],
  });
}
