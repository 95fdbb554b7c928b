import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { bundledWorkflows, quietRuntime } from '../support/workflow-worker.ts';
import { EXAMPLE_MESHES, shapeOfExample } from './example-meshes.ts';
import { SHAPES } from './shapes.ts';

const FOLDER = join(import.meta.dirname, 'histories');
/** Histories whose shape today's workflows would give other commands: a change that is behind patched() must still let them replay. */
const OLDER = join(import.meta.dirname, 'histories-of-older-code');

/** One event of a recorded history, as JSON. */
type Event = { eventType: string; [attributes: string]: unknown };
type History = { events: Event[] };

/** What only a history of that shape holds. */
const TELL_TALES: { [shape: string]: (event: Event) => boolean } = {
  installed: (event) => activityOf(event) === 'mesh/verify-traffic',
  'nothing-to-do': (event) => event.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
  'blocked-and-retried': (event) => activityOf(event) === 'cluster1/a#2',
  'blocked-having-written': (event) => activityOf(event) === 'cluster1/b',
  continued: (event) =>
    holds(event, 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED', '"continuedExecutionRunId":'),
  skipped: (event) => accepts(event, 'skip'),
  aborted: (event) => holds(event, 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED', '"Aborted"'),
  paused: (event) => accepts(event, 'resume'),
  'canceled-by-decision': (event) => accepts(event, 'cancel'),
  'canceled-and-undone': (event) => activityOf(event) === 'cluster1/undo-a',
  quarantined: (event) => isPatched(event, 'quarantine'),
  attached: (event) => activityOf(event) === 'mesh/plan#2',
  lost: (event) => activityOf(event) === 'cluster2/reach',
  'given-up-while-away': (event) => isPatched(event, 'abort-at-once'),
  'retried-while-planning': (event) => isPatched(event, 'go-on-while-planning'),
  'many-away': (event) => isPatched(event, 'looks-apart'),
  replanned: (event) => activityOf(event) === 'cluster1/precheck#2',
  'plan-changed': (event) => holds(event, 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED', 'PlanChanged'),
  canceled: (event) => event.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED',
  'worker-killed': (event) =>
    holds(event, 'EVENT_TYPE_ACTIVITY_TASK_STARTED', 'TIMEOUT_TYPE_HEARTBEAT'),
  'retried-transient': (event) =>
    holds(event, 'EVENT_TYPE_ACTIVITY_TASK_STARTED', 'ClusterUnreachable'),
  verified: (event) => activityOf(event) === 'mesh/verify-traffic',
  uninstalled: (event) => activityOf(event) === 'mesh/release-trust',
  'uninstalled-unreachable': (event) =>
    event.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' &&
    readable(event).includes('leftBehind\\":[\\"cluster2'),
  planned: (event) => event.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
  'plan-refused': (event) =>
    holds(event, 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED', 'UnsupportedVersion'),
  synced: (event) => holds(event, 'EVENT_TYPE_ACTIVITY_TASK_FAILED', 'Forbidden'),
  'sync-continued': (event) => event.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
  ...Object.fromEntries(
    Object.entries(EXAMPLE_MESHES).map(([example, step]) => [
      shapeOfExample(example),
      (event: Event) => activityOf(event) === step,
    ]),
  ),
};

/** What a shape must not hold, where that is what tells it from another. */
const MISSING: { [shape: string]: (event: Event) => boolean } = {
  'nothing-to-do': TELL_TALES['installed'] ?? (() => true),
  planned: (event) => activityOf(event) === 'cluster1/apply-base',
  quarantined: (event) => activityOf(event) === 'mesh/plan#2',
};

jest.setTimeout(60_000);
let codePath = '';

beforeAll(async () => {
  quietRuntime();
  codePath = await bundledWorkflows();
}, 60_000);

async function historyOf(shape: string, folder = FOLDER): Promise<History> {
  return JSON.parse(await readFile(join(folder, `${shape}.json`), 'utf8')) as History;
}

function replay(history: History): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: { codePath } }, historyFromJSON(history));
}

/** Id of the activity that an event schedules. */
function activityOf(event: Event): string | undefined {
  return (event['activityTaskScheduledEventAttributes'] as { activityId: string } | undefined)
    ?.activityId;
}

function holds(event: Event, eventType: string, text: string): boolean {
  return event.eventType === eventType && JSON.stringify(event).includes(text);
}

/** Whether the event accepts an update of that name. */
function accepts(event: Event, update: string): boolean {
  return holds(event, 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED', `"name":"${update}"`);
}

/** Whether the event says that the run took the way of that patch. */
function isPatched(event: Event, patch: string): boolean {
  return (
    holds(event, 'EVENT_TYPE_MARKER_RECORDED', 'core_patch') && readable(event).includes(patch)
  );
}

/** A history in which the first scheduled activity is another. */
function withFirstActivity(
  history: History,
  change: { activityId: string } | { activityType: { name: string } },
): History {
  const first = history.events.findIndex((event) => activityOf(event) !== undefined);
  const events = history.events.map((event, index) =>
    index === first
      ? {
          ...event,
          activityTaskScheduledEventAttributes: {
            ...(event['activityTaskScheduledEventAttributes'] as object),
            ...change,
          },
        }
      : event,
  );
  return { events };
}

test('there is a history of every shape, and none of another', async () => {
  const files = (await readdir(FOLDER)).sort();
  expect(files).toEqual(
    Object.keys(SHAPES)
      .map((shape) => `${shape}.json`)
      .sort(),
  );
  expect(Object.keys(TELL_TALES).sort()).toEqual(Object.keys(SHAPES).sort());
});

test('a blocked step whose changes older code did not count replays as they were', async () => {
  const older = await historyOf('blocked-having-written', OLDER);
  expect(older.events.map(activityOf)).toContain('cluster1/a#2');
  expect(older.events.some((event) => TELL_TALES['blocked-having-written']?.(event))).toBe(false);
  await replay(older);
});

describe.each(Object.keys(TELL_TALES))('%s', (shape) => {
  test('is long enough to mean something, and is what its name says', async () => {
    const { events } = await historyOf(shape);
    expect(events.length).toBeGreaterThan(10);
    expect(
      events.filter((event) => event.eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED').length,
    ).toBeGreaterThan(1);
    expect(events.some(TELL_TALES[shape] ?? (() => false))).toBe(true);
    expect(events.some(MISSING[shape] ?? (() => false))).toBe(false);
  });

  test('replays with the workflows of today', async () => {
    await replay(await historyOf(shape));
  });

  test('is refused when it was not made by these workflows', async () => {
    const history = await historyOf(shape);
    await expect(
      replay(withFirstActivity(history, { activityId: 'other/other' })),
    ).rejects.toBeInstanceOf(DeterminismViolationError);
    await expect(
      replay(withFirstActivity(history, { activityType: { name: 'other' } })),
    ).rejects.toBeInstanceOf(DeterminismViolationError);
  });

  test('holds no secret and no place of the machine it was recorded on', async () => {
    const { events } = await historyOf(shape);
    const text = readable(events);
    expect(text).toMatch(/cluster1|east/);
    expect(
      text.match(
        /PRIVATE KEY|eyJ[A-Za-z0-9_-]{20,}|client-key-data|"stackTrace"|(?:file:\/\/|\/(?:home|root|Users|tmp|work)\/)[^"]*/gu,
      ),
    ).toBeNull();
    const identities = new Set(JSON.stringify(events).match(/"identity":\s*"[^"]*"/gu));
    // Temporal's own server, which begins a run that continues another; it names no machine
    identities.delete('"identity":"history-service"');
    expect([...identities]).toEqual(['"identity":"test"']);
  });
});

/** The events with their payloads decoded, which are base64 in JSON. */
function readable(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'data' && typeof inner === 'string' ? Buffer.from(inner, 'base64').toString() : inner,
  );
}
