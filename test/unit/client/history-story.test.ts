import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { historyDocument, historyEvents } from '../../../client/history/history-document.ts';
import { readHistoryFile, writeHistoryFile } from '../../../client/history/history-file.ts';
import type { OperationRun } from '../../../client/history/read-chain.ts';
import { tellOperation } from '../../../client/history/tell-story.ts';
import type { ToldOperation } from '../../../client/history/tell-story.ts';
import { renderOperation, renderOperations } from '../../../client/render/history-screen.ts';
import { writeLines } from '../../../client/render/look.ts';
import { aLook } from '../../support/a-snapshot.ts';
import { goldenText } from '../../support/golden-text.ts';
import { recordedRun, toldOf } from '../../support/told-operation.ts';

const SHAPES = [
  'blocked-and-retried',
  'worker-killed',
  'canceled',
  'continued',
  'installed',
  'verified',
];

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'meshwright-history-'));
});

async function* chains(runs: OperationRun[]): AsyncGenerator<OperationRun[]> {
  for (const run of runs) yield [run];
}

function text(lines: Parameters<typeof writeLines>[0]): string {
  return `${writeLines(lines, aLook()).join('\n')}\n`;
}

/** A screen beside this test, as it was last approved. */
function golden(name: string, screen: string): string {
  return goldenText(new URL(`golden/${name}`, import.meta.url), screen);
}

/** An operation of which a step has changes, as workers of today record them. */
function withChanges(): ToldOperation {
  const { record, story } = toldOf('blocked-and-retried');
  const change = { cluster: 'cluster1', before: null, after: '0123456789ab' };
  const changes = {
    created: 3,
    changed: 1,
    removed: 1,
    objects: [
      {
        ...change,
        action: 'created' as const,
        kind: 'ServiceAccount',
        name: 'istio-system/istiod',
      },
      {
        ...change,
        action: 'created' as const,
        kind: 'Secret',
        name: 'istio-system/cacerts',
        after: null,
      },
      {
        ...change,
        action: 'changed' as const,
        group: 'apps',
        kind: 'Deployment',
        name: 'istio-system/istiod',
        before: 'ba9876543210',
      },
      {
        ...change,
        action: 'removed' as const,
        kind: 'ConfigMap',
        name: 'istio-system/old',
        before: 'ba9876543210',
        after: null,
      },
    ],
    cut: 1,
  };
  const told = story.map((event) =>
    event.event === 'stepDone' && event.step === 'cluster1/a' ? { ...event, changes } : event,
  );
  return { record, story: told, changes };
}

describe('the story of an operation', () => {
  test('has start, plan, steps, decision and end in the order of time, each with who', () => {
    const { story } = toldOf('blocked-and-retried');
    expect(story.map(({ at }) => at)).toEqual(story.map(({ at }) => at).toSorted());
    expect(story[0]).toMatchObject({
      event: 'operationStarted',
      actor: 'ana@laptop',
      detail: 'first install',
      specDigest: expect.any(String),
    });
    expect(story.at(-1)).toMatchObject({
      event: 'operationEnded',
      detail: 'succeeded',
      failure: null,
    });
    const ofStep = story.filter(({ step }) => step === 'cluster1/a');
    expect(ofStep).toMatchObject([
      { event: 'stepStarted', round: 1 },
      {
        event: 'stepFailed',
        round: 1,
        failure: { type: 'WaitTimedOut' },
        actor: expect.any(String),
      },
      { event: 'decided', decision: 'retry', actor: 'ana@laptop', detail: 'quota raised' },
      { event: 'stepStarted', round: 2 },
      { event: 'stepDone', round: 2, attempts: 1, tookMs: expect.any(Number) },
    ]);
    expect(story.filter(({ event }) => event === 'planned')).toMatchObject([
      { planDigest: expect.stringMatching(/^[0-9a-f]{12}$/u) },
    ]);
  });

  test('tells the last failure of attempts that Temporal repeated, and how many there were', () => {
    const retried = toldOf('retried-transient').story.filter(({ attempts }) => (attempts ?? 1) > 1);
    expect(retried.length).toBeGreaterThan(0);
    for (const event of retried)
      expect(event).toMatchObject({
        event: 'stepDone',
        failedBefore: { type: expect.any(String), message: expect.any(String) },
      });
    const killed = toldOf('worker-killed').story.find(({ attempts }) => attempts === 2);
    expect(killed?.failedBefore).toEqual({
      type: 'TimedOut',
      message: 'its worker went away; another attempt takes over',
    });
  });

  test('tells of a worker that was stopped as of one that was killed', () => {
    const run = recordedRun('worker-killed');
    const started = run.events.flatMap(
      ({ activityTaskStartedEventAttributes: each }) => each ?? [],
    );
    const second = started.find(({ attempt }) => attempt === 2);
    // as sdk-core reports it
    second!.lastFailure = {
      message: 'Worker is shutting down and this activity did not complete in time',
      applicationFailureInfo: { type: 'WorkerShutdown' },
    };
    const stopped = tellOperation([run])!.story.find(({ attempts }) => attempts === 2);
    expect(stopped?.failedBefore).toEqual({
      type: 'WorkerShutdown',
      message: 'its worker was stopped; another attempt takes over',
    });
  });

  test('tells with each failure what is known of it besides, and what cures it', () => {
    const run = recordedRun('blocked-and-retried');
    const pod = 'pod istiod-1: CrashLoopBackOff: 4 restarts';
    for (const { activityTaskFailedEventAttributes: failed } of run.events) {
      const info = failed?.failure?.applicationFailureInfo;
      if (info)
        info.details = {
          payloads: [defaultPayloadConverter.toPayload({ lines: [pod], cure: 'look' })],
        };
    }
    const told = tellOperation([run])!;
    const failure = {
      type: 'WaitTimedOut',
      message: 'a person must look',
      causes: [pod],
      cure: 'look',
    };
    expect(told.story.flatMap((event) => event.failure ?? [])).toEqual([failure]);
    expect(text(renderOperation(told, null, aLook()))).toMatch(
      /✖ cluster1\/a failed +WaitTimedOut: a person must look · took 0\.0s\n {4}pod istiod-1: CrashLoopBackOff: 4 restarts\n/u,
    );
  });

  test('of an operation that was given up has why in the document', () => {
    const [given] = historyDocument('mesh1', [toldOf('aborted')]).operations;
    expect(given).toMatchObject({
      failure: {
        type: 'Aborted',
        causes: ['cluster1/a: a person must look'],
        cure: expect.stringContaining('remove what blocked it'),
      },
    });
    expect(given?.steps.find(({ id }) => id === 'cluster1/a')?.failure).toEqual({
      type: 'WaitTimedOut',
      message: 'a person must look',
      cure: 'look',
    });
  });

  test('of workers that were too old to tell has no counts of changes', () => {
    expect(toldOf('installed').changes).toBeNull();
    expect(toldOf('nothing-to-do').changes).toEqual({ created: 0, changed: 0, removed: 0 });
  });

  test('is one JSON object a line, each with mesh and operation, the oldest operation first', () => {
    const events = historyEvents('mesh1', [toldOf('verified'), toldOf('blocked-and-retried')]);
    expect(events[0]).toMatchObject({
      kind: 'MeshHistoryEvent',
      apiVersion: 'meshwright.dev/v1alpha1',
      mesh: 'mesh1',
      operation: { kind: 'install' },
      event: 'operationStarted',
    });
    expect(events.at(-1)).toMatchObject({ operation: { kind: 'verify' }, event: 'operationEnded' });
  });

  test('is shown to people with every change below its step', () => {
    const screen = text(renderOperation(withChanges(), null, aLook()));
    expect(screen).toBe(golden('history-operation.txt', screen));
  });

  test('is one line in the list of operations, with why and counts of changes', () => {
    const all = [withChanges(), ...['canceled', 'verified', 'installed'].map(toldOf)];
    const screen = text(renderOperations(all, aLook()));
    expect(screen).toBe(golden('history-operations.txt', screen));
  });
});

describe('an exported history', () => {
  test('tells the same as Temporal did', async () => {
    const runs = SHAPES.map((shape, index) => recordedRun(shape, `run${index}`));
    const path = join(directory, 'prod.jsonl');
    const written = await writeHistoryFile(path, 'mesh1', chains(runs), false);
    expect(written.operations).toBe(SHAPES.length);
    const file = await readHistoryFile(path);
    const documentOf = (all: (readonly OperationRun[])[]): string =>
      JSON.stringify(
        historyDocument(
          file.mesh,
          all.map((chain) => tellOperation(chain)!),
        ),
      );
    expect(documentOf(file.operations)).toBe(documentOf(runs.map((run) => [run])));
    expect(readdirSync(directory)).toEqual(['prod.jsonl']);
  });

  test('replaces no file unless it is told to, and leaves nothing half written', async () => {
    const path = join(directory, 'prod.jsonl');
    writeFileSync(path, 'mine');
    const runs = [recordedRun('verified')];
    await expect(writeHistoryFile(path, 'mesh1', chains(runs), false)).rejects.toMatchObject({
      exitCode: 2,
      message: `${path} is there already`,
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    for (const [nowhere, force] of [
      [join(directory, 'no', 'such.jsonl'), false],
      [directory, true],
    ] as const)
      await expect(writeHistoryFile(nowhere, 'mesh1', chains(runs), force)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining(`cannot write ${nowhere}: `),
      });
    await writeHistoryFile(path, 'mesh1', chains(runs), true);
    expect((await readHistoryFile(path)).operations).toHaveLength(1);
    const gone = join(directory, 'other.jsonl');
    const breaking = async function* (): AsyncGenerator<OperationRun[]> {
      yield runs;
      throw new Error('temporal went away');
    };
    await expect(writeHistoryFile(gone, 'mesh1', breaking(), false)).rejects.toThrow('went away');
    expect(existsSync(gone)).toBe(false);
    expect(readdirSync(directory)).toEqual(['prod.jsonl']);
  });

  test('that is cut off or something else is refused', async () => {
    const path = join(directory, 'prod.jsonl');
    await writeHistoryFile(path, 'mesh1', chains([recordedRun('verified')]), false);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    for (const [content, why] of [
      [lines.slice(0, -1).join('\n'), /it is not whole/u],
      [lines.toSpliced(3, 1).join('\n'), /it is not whole/u],
      ['{}', /its first line is not/u],
      ['x', /line 1 is not JSON/u],
      [lines.with(0, lines[0]!.replace('"mesh":"mesh1"', '"mesh":7')).join('\n'), /first line/u],
      [lines.toSpliced(2, 0, '42').join('\n'), /line 3 is not an object/u],
      [lines.toSpliced(2, 0, 'null').join('\n'), /line 3 is not an object/u],
      [lines.with(-1, 'null').join('\n'), /line \d+ is not an object/u],
      [lines.toSpliced(1, 1).join('\n'), /events before the first run/u],
      [lines.with(1, lines[1]!.replace(':0', ':5')).join('\n'), /run .+ is not where it was/u],
      [lines.with(2, '{"event":7}').join('\n'), /run .+ is damaged: /u],
      [
        lines.with(2, lines[2]!.replace('"data":"', '"data":"!!!')).join('\n'),
        /run .+ is damaged/u,
      ],
      ['', /its first line is not/u],
    ] as const) {
      writeFileSync(path, content);
      await expect(readHistoryFile(path)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(why),
      });
    }
  });
});
