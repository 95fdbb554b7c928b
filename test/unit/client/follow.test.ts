import { ServiceError } from '@temporalio/client';
import { describe, expect, test } from '@jest/globals';
import { follow } from '../../../client/live/follow.ts';
import type { FollowOptions } from '../../../client/live/follow.ts';
import type { ProgressView } from '../../../client/live/progress-view.ts';
import type { Snapshot } from '../../../client/live/snapshot.ts';
import type { OperationState } from '../../../contract/mesh-status.ts';
import { aSnapshot } from '../../support/a-snapshot.ts';

/** What the client throws while the server is away. */
function away(): ServiceError {
  const grpc = Object.assign(new Error('14 UNAVAILABLE: connection dropped'), {
    code: 14,
    details: 'connection dropped',
    metadata: {},
  });
  return new ServiceError('Failed to describe workflow', { cause: grpc });
}

function inState(state: OperationState): Snapshot {
  return aSnapshot([], { operation: { ...aSnapshot([]).progress.operation, state } });
}

/** A view that writes down what it was asked to show. */
function recordingView(): { view: ProgressView; shown: string[] } {
  const shown: string[] = [];
  return {
    shown,
    view: {
      show: ({ progress }, { temporalAwaySince }) =>
        void shown.push(temporalAwaySince === null ? progress.operation.state : 'away'),
      showAway: () => void shown.push('never seen'),
      print: (lines) => void shown.push(...lines),
      end: () => void shown.push('end'),
    },
  };
}

/** Follows reads that answer or throw in turn; the last goes on for ever. */
async function followed(reads: (Snapshot | Error)[], more: Partial<FollowOptions> = {}) {
  const { view, shown } = recordingView();
  let at = 0;
  const read = async (): Promise<Snapshot> => {
    const next = reads[Math.min(at, reads.length - 1)];
    at += 1;
    if (next === undefined || next instanceof Error) throw next ?? new Error('no reads');
    return next;
  };
  const end = await follow({
    read,
    view,
    signal: new AbortController().signal,
    timeoutMs: null,
    throughBlocked: false,
    footer: null,
    ...more,
  });
  return { how: end.how, state: end.snapshot?.progress.operation.state ?? null, shown };
}

describe('following', () => {
  test('begins with a snapshot, so that an operation that is over ends it at once', async () => {
    expect(await followed([inState('succeeded')])).toEqual({
      how: 'ended',
      state: 'succeeded',
      shown: ['succeeded', 'end'],
    });
  });

  test('ends where the operation waits for a person, unless asked to go on', async () => {
    expect(await followed([inState('running'), inState('blocked')])).toMatchObject({
      how: 'blocked',
      shown: ['running', 'blocked', 'end'],
    });
    expect(
      await followed([inState('blocked'), inState('succeeded')], { throughBlocked: true }),
    ).toMatchObject({ how: 'ended', state: 'succeeded' });
  });

  test('goes on while Temporal is away, and says so', async () => {
    expect(
      await followed([away(), inState('running'), away(), inState('succeeded')]),
    ).toMatchObject({
      how: 'ended',
      shown: ['never seen', 'running', 'away', 'succeeded', 'end'],
    });
  });

  test('ends with an error that is no outage', async () => {
    await expect(followed([new Error('no such run')])).rejects.toThrow('no such run');
  });

  test('ends at its time limit with what was seen last', async () => {
    expect(await followed([inState('running')], { timeoutMs: 1 })).toMatchObject({
      how: 'timeout',
      state: 'running',
    });
  });

  test('ends at Ctrl-C even when Temporal does not answer', async () => {
    const stop = new AbortController();
    const never = (): Promise<Snapshot> => {
      setImmediate(() => stop.abort());
      return new Promise(() => undefined);
    };
    expect(await followed([], { read: never, signal: stop.signal })).toMatchObject({
      how: 'interrupted',
      state: null,
    });
  });

  test('prints what is found on the way above the rest', async () => {
    const inspect = ({ progress }: Snapshot): string[] => [`seen ${progress.operation.state}`];
    expect((await followed([inState('succeeded')], { inspect })).shown).toEqual([
      'seen succeeded',
      'succeeded',
      'end',
    ]);
  });
});
