import { expect, test } from '@jest/globals';
import { createLimiter } from '../../../../activities/adapters/limiter.ts';
import { linesOf } from '../../../../activities/adapters/lines-of.ts';
import { withinLimit } from '../../../../activities/adapters/within-limit.ts';

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

test('runs no more at once than the limit, in the order they came', async () => {
  const limiter = createLimiter(2);
  const gates = [gate(), gate(), gate(), gate()];
  const started: number[] = [];
  const runs = gates.map(({ opened }, index) =>
    limiter.run(undefined, async () => {
      started.push(index);
      await opened;
    }),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  gates[1]?.open();
  await runs[1];
  expect(started).toEqual([0, 1, 2]);
  gates.forEach(({ open }) => open());
  await Promise.all(runs);
  expect(started).toEqual([0, 1, 2, 3]);
});

test('work that fails makes room, and work that is cancelled while it waits is never begun', async () => {
  const limiter = createLimiter(1);
  const first = gate();
  const failing = limiter.run(undefined, async () => {
    await first.opened;
    throw new Error('failed');
  });
  const controller = new AbortController();
  let begun = false;
  const waiting = limiter.run(controller.signal, async () => {
    begun = true;
  });
  const last = limiter.run(undefined, async () => 'ran');
  const reason = new Error('cancelled');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  first.open();
  await expect(failing).rejects.toThrow('failed');
  expect(await last).toBe('ran');
  expect(begun).toBe(false);
});

test('work that takes too long is told so and fails with the given error', async () => {
  let told: AbortSignal | undefined;
  const late = withinLimit(
    5,
    undefined,
    (signal) => {
      told = signal;
      return new Promise(() => undefined);
    },
    () => new Error('late'),
  );
  await expect(late).rejects.toThrow('late');
  expect(told?.aborted).toBe(true);
});

test('the reason of the outer signal ends work under a limit', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const work = withinLimit(
    60_000,
    controller.signal,
    () => new Promise(() => undefined),
    () => new Error('late'),
  );
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
});

test('lines are put together across chunks and characters across bytes', async () => {
  const bytes = new TextEncoder().encode('{"a":"ü"}\n\n{"b":1}\nrest');
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  const lines: string[] = [];
  for await (const line of linesOf(chunks())) lines.push(line);
  expect(lines).toEqual(['{"a":"ü"}', '{"b":1}', 'rest']);
});
