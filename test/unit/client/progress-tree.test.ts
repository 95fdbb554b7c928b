import { describe, expect, test } from '@jest/globals';
import { renderTree } from '../../../client/render/progress-tree.ts';
import type { Look } from '../../../client/render/look.ts';
import { aDoneStep, ago, aLook, aSnapshot, aStep } from '../../support/a-snapshot.ts';

const NOTES = { temporalAwaySince: null, footer: 'Ctrl-C detaches; the install goes on.' };

const SNAPSHOT = aSnapshot(
  [
    aDoneStep('east/namespace', 140),
    aDoneStep('east/gateway', 90),
    aDoneStep('west/namespace', 150),
    aStep('west/base', { state: 'running', attempts: 1, since: ago(20), startedAt: ago(20) }),
    aStep('west/gateway-address', {
      state: 'waiting',
      attempts: 1,
      since: ago(58),
      startedAt: ago(60),
      reason: 'address of Service istio-system/istio-eastwestgateway: quota exceeded',
    }),
    aDoneStep('apac/namespace', 100),
    aStep('apac/CA-secret', {
      state: 'retrying',
      attempts: 3,
      since: ago(2),
      startedAt: ago(49),
      reason: 'API server: 503 etcdserver: leader changed',
    }),
    aStep('mesh/traffic', { needs: ['east/gateway'] }),
  ],
  {},
  {
    pending: new Map([
      [
        'apac/CA-secret',
        {
          activityId: 'apac/CA-secret',
          attempt: 3,
          started: false,
          lastEndedAt: null,
          lastFailure: null,
          heartbeat: null,
          nextAttemptAt: ago(-7.2),
        },
      ],
    ]),
  },
);

function tree(look: Partial<Look> = {}, snapshot = SNAPSHOT): string[] {
  return renderTree(snapshot, NOTES, aLook(look));
}

describe('the live tree', () => {
  test('has a lane for each cluster, and below it what waits, retries or is blocked', () => {
    expect(tree()).toEqual([
      'prod · install · run 01a1fd1c-772d · 2m41s · 4/8 steps',
      '✔ east  2/2 steps  1m00s',
      '● west  1/3 steps  ● base  ◷ gateway address  2m40s',
      '    ◷ gateway address waiting 58s: address of Service istio-system/istio-eastwestgateway: quota exceeded',
      '↻ apac  1/2 steps  ↻ CA secret  1m50s',
      '    ↻ CA secret attempt 3 in 8s: API server: 503 etcdserver: leader changed',
      '○ mesh  traffic',
      'Ctrl-C detaches; the install goes on.',
    ]);
  });

  test('is cut to 40 columns without losing the cluster of a line', () => {
    expect(tree({ width: 40 })).toEqual([
      'prod · install · run 01a1fd1c-772d · 2m…',
      '✔ east  2/2 steps  1m00s',
      '● west  1/3 steps  ● base  ◷ gateway ad…',
      '    ◷ gateway address waiting 58s: addr…',
      '↻ apac  1/2 steps  ↻ CA secret  1m50s',
      '    ↻ CA secret attempt 3 in 8s: API se…',
      '○ mesh  traffic',
      'Ctrl-C detaches; the install goes on.',
    ]);
  });

  test('shows nothing but ASCII when asked to', () => {
    const lines = tree({ ascii: true });
    expect(lines.slice(1, 4)).toEqual([
      'ok east  2/2 steps  1m00s',
      '>> west  1/3 steps  >> base  .. gateway address  2m40s',
      '    .. gateway address waiting 58s: address of Service istio-system/istio-eastwestgateway: quota exceeded',
    ]);
    expect(lines.join('\n')).toMatch(/^[\n\u0020-\u007e]*$/u);
  });

  test('is at every width the same text with and without colour', () => {
    for (const width of [null, 20, 40, 80]) {
      const colored = tree({ width, color: true });
      // eslint-disable-next-line no-control-regex -- colours are control sequences
      expect(colored.map((line) => line.replaceAll(/\u001b\[\d+m/gu, '').trimEnd())).toEqual(
        tree({ width }),
      );
    }
    expect(tree({ color: true }).join('')).toContain('\u001b[32m✔');
  });

  test('never has more lines than the terminal shows, and counts the lanes it leaves out', () => {
    const clusters = Array.from(
      { length: 30 },
      (_, index) => `c${String(index + 1).padStart(2, '0')}`,
    );
    const steps = clusters.map((name, index) =>
      index === 6
        ? aStep(`${name}/base`, {
            state: 'blocked',
            attempts: 1,
            since: ago(9),
            startedAt: ago(30),
            reason: 'forbidden',
          })
        : index < 20
          ? aDoneStep(`${name}/base`, 5)
          : aStep(`${name}/base`, {
              state: 'running',
              attempts: 1,
              since: ago(9),
              startedAt: ago(9),
            }),
    );
    const lines = tree({ height: 10 }, aSnapshot(steps));
    expect(lines).toEqual([
      'prod · install · run 01a1fd1c-772d · 2m41s · 19/30 steps',
      '✖ c07   0/1 steps  ✖ base  30s',
      '    ✖ base blocked 9s: forbidden',
      '… 19 more done, 10 running',
      'Ctrl-C detaches; the install goes on.',
    ]);
    for (let height = 3; height < 40; height += 1)
      expect(tree({ height }, aSnapshot(steps)).length).toBeLessThanOrEqual(
        Math.max(4, height - 2),
      );
  });

  test('says that no worker polls, and that Temporal is away', () => {
    const waits = { since: ago(70), presence: { polls: false, lastSeen: null, identity: null } };
    expect(renderTree({ ...SNAPSHOT, waitsForWorker: waits }, NOTES, aLook())).toContain(
      '‼ no worker polls: start one with `meshwright worker`; it waits for 1m10s',
    );
    expect(renderTree(SNAPSHOT, { ...NOTES, temporalAwaySince: ago(3) }, aLook())).toContain(
      '‼ Temporal does not answer for 3s; nothing is lost, it goes on when it is back',
    );
  });

  test('says which clusters the others go on without, while the operation runs', () => {
    const { progress } = SNAPSHOT;
    const awaySince = '2026-11-21T10:03:52.000Z';
    const clusters = progress.clusters.map((cluster) =>
      cluster.name === 'east' ? { ...cluster, awaySince } : cluster,
    );
    const line = '‼ east: away since 10:03:52Z, the others go on without it';
    expect(tree({}, { ...SNAPSHOT, progress: { ...progress, clusters } })).toContain(line);
    const operation = { ...progress.operation, finishedAt: ago(1) };
    expect(tree({}, { ...SNAPSHOT, progress: { ...progress, clusters, operation } })).not.toContain(
      line,
    );
  });

  test('does not let a reason from a cluster move the cursor', () => {
    const evil = aStep('east/base', {
      state: 'blocked',
      since: ago(1),
      startedAt: ago(1),
      reason: 'a\u001b[2J\nb\u0007',
    });
    const text = tree({}, aSnapshot([evil])).join('\n');
    expect(text).toContain('blocked 1s: a [2J b');
  });
});
