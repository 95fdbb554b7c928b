import type { Run } from '../history/find-operations.ts';
import { catchInterrupts } from '../interrupts.ts';
import type { ClientFlags } from '../options.ts';
import type { TemporalSession } from '../session.ts';
import { progressModeFor } from '../settings.ts';
import { follow } from './follow.ts';
import type { FollowEnd, FollowOptions } from './follow.ts';
import { OperationReader } from './operation-reader.ts';
import { progressView } from './progress-view.ts';

/** How a run is followed on the screen. */
export type FollowRunOptions = Partial<
  Pick<FollowOptions, 'throughBlocked' | 'footer' | 'inspect' | 'timeoutMs'>
>;

/** Follows a run on stderr as the flags want it, until it ends, waits for a person, or nobody wants to look any more. */
export async function followRun(
  session: TemporalSession,
  flags: ClientFlags,
  run: Pick<Run, 'workflowId' | 'runId'>,
  options: FollowRunOptions = {},
): Promise<FollowEnd> {
  const reader = new OperationReader(session.access, run.workflowId, run.runId);
  const mode = progressModeFor(process.stderr, flags, session.environment);
  const view = progressView(mode, {
    write: (text) => void process.stderr.write(text),
    look: () => session.output.noteLook,
  });
  const interrupts = catchInterrupts();
  try {
    return await follow({
      read: () => reader.read(),
      view,
      signal: interrupts.signal,
      timeoutMs: null,
      throughBlocked: false,
      footer: null,
      ...options,
    });
  } finally {
    interrupts.release();
  }
}
