import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import {
  FOLLOW_SIGNAL,
  LOOK_SIGNAL,
  STOP_SIGNAL,
  SYNC_QUERY,
  type SyncResult,
  type SyncStatus,
} from '../contract/mesh-sync.ts';
import type { Requester } from '../contract/messages.ts';
import type { FollowSpec } from '../mesh/sync/followed-target.ts';
import type { SyncBoard } from './sync-board.ts';

/** What came in for a running sync. */
export type SyncInbox = {
  /** Grows with every message that calls for another look. */
  readonly version: number;
  /** Why the following is over; null while it is not. */
  ended(): Omit<SyncResult, 'written'> | null;
  /** Whether somebody asked for a look at everything since this was asked last. */
  takeLook(): boolean;
  /** Sets what is called when a message comes; null for nothing. */
  onMessage(call: (() => void) | null): void;
};

/** Receives the messages of `syncMesh`; their argument may come from the Temporal UI, where anything can be typed. */
export function receiveSyncMessages(board: SyncBoard): SyncInbox {
  let version = 0;
  let looks = false;
  let stopped: { by: string; reason: string | null } | null = null;
  let call: (() => void) | null = null;
  const arrived = (): void => {
    version += 1;
    call?.();
  };
  setHandler(
    defineSignal<[FollowSpec]>(FOLLOW_SIGNAL),
    (spec) => {
      if (isFollowSpec(spec) && board.follow(spec)) arrived();
    },
    { description: 'follow something else; sent by every install' },
  );
  setHandler(
    defineSignal<[Requester]>(LOOK_SIGNAL),
    () => {
      looks = true;
      arrived();
    },
    { description: 'look at everything now, and try again what could not be written' },
  );
  setHandler(
    defineSignal<[Partial<Requester> | undefined]>(STOP_SIGNAL),
    (requester) => {
      stopped = { by: requester?.by ?? 'unknown', reason: requester?.reason ?? null };
      arrived();
    },
    { description: 'end the following; argument {"by": "who", "reason": "why"}' },
  );
  setHandler(defineQuery<SyncStatus>(SYNC_QUERY), () => board.status(), {
    description: 'what is followed, how it stands, what was changed',
  });
  return {
    get version() {
      return version;
    },
    ended: () => {
      if (stopped !== null) return { ended: 'stopped', ...stopped };
      return board.spec().targets.length === 0
        ? { ended: 'nothing to follow', by: null, reason: null }
        : null;
    },
    takeLook: () => {
      const asked = looks;
      looks = false;
      return asked;
    },
    onMessage: (next) => (call = next),
  };
}

/** Whether an argument has the form of a FollowSpec; what else is sent is no order to anybody. */
function isFollowSpec(value: unknown): value is FollowSpec {
  const { mesh, targets } = (value ?? {}) as Partial<FollowSpec>;
  return typeof mesh === 'string' && Array.isArray(targets);
}
