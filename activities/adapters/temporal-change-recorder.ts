import { Context } from '@temporalio/activity';
import { changeRecorder } from '../attempt/attempt-changes.ts';
import type { ChangeRecorder } from '../attempt/change-recorder.ts';

/** The recorder of whatever attempt is running where it is asked. */
export function temporalChangeRecorder(): ChangeRecorder {
  return changeRecorder(Context.current());
}
