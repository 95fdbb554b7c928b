import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';

type Events = NonNullable<History['events']>;

/** How long Temporal is asked for events of a run before it is asked anew, in milliseconds; it may be down meanwhile. */
const LOOK_MS = 5_000;
/** Pause before it is asked again after it did not answer, in milliseconds. */
const AGAIN_MS = 200;

/** The history of the latest run of a workflow, as it grows. */
export type FollowedHistory = {
  /** All events so far. */
  events(): Promise<Events>;
  /**
   * Waits until more activities have completed than known; answers how many have. Null when the run has ended and there are no more.
   */
  completedBeyond(known: number): Promise<number | null>;
};

/** Follows the run with the given id, across outages of Temporal. */
export function followHistory(client: Client, workflowId: string, runId: string): FollowedHistory {
  const handle = client.workflow.getHandle(workflowId, runId);
  const events = async (): Promise<Events> => {
    for (;;) {
      try {
        return await client.withDeadline(
          Date.now() + LOOK_MS,
          async () => (await handle.fetchHistory()).events ?? [],
        );
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  };
  return {
    events,
    completedBeyond: async (known) => {
      for (;;) {
        const now = await events();
        const completed = completedActivities(now).length;
        if (completed > known) return completed;
        if (hasEnded(now)) return null;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
}

function hasEnded(events: Events): boolean {
  const last = events.at(-1);
  return [
    last?.workflowExecutionCompletedEventAttributes,
    last?.workflowExecutionFailedEventAttributes,
    last?.workflowExecutionTerminatedEventAttributes,
    last?.workflowExecutionCanceledEventAttributes,
  ].some((attributes) => attributes !== undefined && attributes !== null);
}

/** Ids of activities in the order in which they were scheduled, one for each time. */
export function scheduledActivities(events: Events): string[] {
  return events.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    typeof scheduled?.activityId === 'string' ? [scheduled.activityId] : [],
  );
}

/** Ids of activities in the order in which they completed. */
export function completedActivities(events: Events): string[] {
  const ids = new Map(
    events.map((event) => [
      String(event.eventId),
      event.activityTaskScheduledEventAttributes?.activityId ?? '',
    ]),
  );
  return events.flatMap(({ activityTaskCompletedEventAttributes: completed }) =>
    completed === undefined || completed === null
      ? []
      : [ids.get(String(completed.scheduledEventId)) ?? ''],
  );
}

/** Workers, by identity, that took a workflow further after they had themselves completed an activity of it. */
export function workersThatWentOn(events: Events): string[] {
  const completing = new Set<string>();
  const wentOn = new Set<string>();
  for (const event of events) {
    const by = event.activityTaskCompletedEventAttributes?.identity;
    if (typeof by === 'string') completing.add(by);
    const worker = event.workflowTaskCompletedEventAttributes?.identity ?? '';
    if (completing.has(worker)) wentOn.add(worker);
  }
  return [...wentOn];
}
