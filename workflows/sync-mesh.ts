import {
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { DriftReport, SyncInput, SyncResult } from '../contract/mesh-sync.ts';
import { FAILURES } from '../mesh/failure.ts';
import type { TargetLook } from '../mesh/sync/target-look.ts';
import { stepFailureOf } from './step-failure.ts';
import { callApplyDrift, callAwaitDrift } from './call-sync.ts';
import { SyncBoard, targetOf } from './sync-board.ts';
import { receiveSyncMessages, type SyncInbox } from './sync-messages.ts';
import { syncPublisher } from './publish-sync.ts';

/** Events after which a run continues as a new one: each look and each write costs about six. */
const EVENTS_PER_RUN = 2_000;
/** Longest time without an answer of the watching activity, in milliseconds. */
const LIMIT_MS = 30 * 60_000;
/** The same while something could not be written: it is tried again when this has passed. */
const RETRY_MS = 60_000;
/** Pause after the watching itself failed, in milliseconds. */
const PAUSE_MS = 15_000;

/**
 * Follows the addresses of a mesh for as long as there is something to follow: watches, and writes what differs. Each write is one activity
 * with before and after. It yields to a running operation (its activities do) and lives for ever, one run after the other.
 *
 * Signals: `follow`, `look`, `stop` · Queries: `sync` · Undo: none; `stop` ends it, the next install begins it again.
 */
export async function syncMesh(input: SyncInput): Promise<SyncResult> {
  const board = new SyncBoard(input, now());
  const inbox = receiveSyncMessages(board);
  const publish = syncPublisher(board);
  for (;;) {
    publish();
    const ended = inbox.ended();
    if (ended !== null) {
      publish('ended');
      return { ...ended, written: board.status().written };
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (continueAsNewSuggested || historyLength >= (input.eventsPerRun ?? EVENTS_PER_RUN)) {
      await continueAsNew<typeof syncMesh>({
        ...input,
        spec: board.spec(),
        carried: board.carried(),
      });
    }
    const report = await awaitNews(board, inbox);
    if (report !== null) await takeNews(board, report.looks);
  }
}

/** Watches until there is news; null when a message came in between, or when the watching failed and a pause has passed. */
async function awaitNews(board: SyncBoard, inbox: SyncInbox): Promise<DriftReport | null> {
  const { version } = inbox;
  const looksAnew = inbox.takeLook();
  const scope = new CancellationScope();
  inbox.onMessage(() => scope.cancel());
  try {
    const report = await scope.run(() =>
      callAwaitDrift({
        spec: board.spec(),
        known: looksAnew ? [] : board.known(),
        holds: board.holds(now()),
        limitMs: board.hasFailed() ? RETRY_MS : LIMIT_MS,
      }),
    );
    board.troubled(null);
    return report;
  } catch (error) {
    if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return null;
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    board.troubled(stepFailureOf(error).message);
  } finally {
    inbox.onMessage(null);
  }
  await condition(() => inbox.version !== version, PAUSE_MS);
  return null;
}

async function takeNews(board: SyncBoard, looks: readonly TargetLook[]): Promise<void> {
  for (const look of looks) board.take(look, now());
  await Promise.all(
    looks.filter((look) => look.state === 'differs').map((look) => write(board, look)),
  );
}

async function write(board: SyncBoard, look: TargetLook): Promise<void> {
  const spec = board.spec();
  const target = targetOf(spec, look.target);
  if (target === undefined) return;
  try {
    const { live: seen, wanted } = look;
    board.wrote(look, await callApplyDrift({ mesh: spec.mesh, target, seen, wanted }), now());
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const failure = stepFailureOf(error);
    const state = FAILURES[failure.type].retried ? 'unreachable' : 'blocked';
    board.failed(look, state, failure, now());
  }
}

function now(): string {
  return new Date().toISOString();
}
