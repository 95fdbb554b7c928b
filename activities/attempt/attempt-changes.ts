import type { Context } from '@temporalio/activity';
import type { StepHeartbeat } from '../../contract/step-activities.ts';
import type { StepChanges } from '../../mesh/plan/object-changes.ts';
import { ChangeRecorder } from './change-recorder.ts';

/** Recorders of running attempts; an attempt is its context. */
const recorders = new WeakMap<Context, ChangeRecorder>();

/** Objects that a heartbeat lists: it goes out each second, and the Temporal UI shows it. */
const HEARTBEAT_LISTED = 25;
/** Objects and bytes of JSON of them that a failure lists: the server cuts one above 4 KB, and the sentence matters more. */
const FAILURE_LISTED = 8;
const FAILURE_BYTES = 1_000;

/** The recorder of an attempt, which goes on from what the attempts before it said they wrote. */
export function changeRecorder(context: Context): ChangeRecorder {
  const known = recorders.get(context);
  if (known !== undefined) return known;
  const before = context.info.heartbeatDetails as Partial<StepHeartbeat> | null | undefined;
  const recorder = new ChangeRecorder(before?.written ?? null);
  recorders.set(context, recorder);
  return recorder;
}

/** What the attempts of a step have written so far, as a heartbeat carries it to the next one; absent when nothing. */
export function writtenSoFar(context: Context): Pick<StepHeartbeat, 'written'> {
  const written = changeRecorder(context).changes(HEARTBEAT_LISTED);
  return written === null ? {} : { written };
}

/** What the attempts of a step had written when it failed, as much of it as a failure can hold; absent when nothing. */
export function writtenBeforeFailure(context: Context): { changes?: StepChanges } {
  const recorder = changeRecorder(context);
  for (let listed = FAILURE_LISTED; listed >= 0; listed -= 1) {
    const changes = recorder.changes(listed);
    if (changes === null) break;
    if (JSON.stringify(changes.objects).length <= FAILURE_BYTES) return { changes };
  }
  return {};
}
