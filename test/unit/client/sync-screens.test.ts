import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from '@jest/globals';
import { writeLines } from '../../../client/render/look.ts';
import type { Line } from '../../../client/render/look.ts';
import { renderStatus } from '../../../client/render/status-screen.ts';
import { renderSync, renderSyncWrites, syncLines } from '../../../client/render/sync-screen.ts';
import { type SyncWrite, writesIn } from '../../../client/sync/sync-history.ts';
import type { SyncReport, SyncTarget } from '../../../contract/mesh-sync.ts';
import { aDoneStep, ago, aLook, aSnapshot } from '../../support/a-snapshot.ts';

const UI = 'http://localhost:8233/namespaces/default/workflows/mesh-prod-sync/run/timeline';

function target(more: Partial<SyncTarget> = {}): SyncTarget {
  return {
    target: 'west/istiod-address',
    cluster: 'west',
    title: 'istiod at',
    state: 'followed',
    since: ago(600),
    live: ['198.18.1.2'],
    wanted: ['198.18.1.2'],
    reason: null,
    failure: null,
    ...more,
  };
}

const CHANGE = {
  target: 'west/istiod-address',
  cluster: 'west',
  title: 'istiod at',
  before: ['198.18.1.1'],
  after: ['198.18.1.2'],
  at: ago(180),
};

function report(more: Partial<SyncReport> = {}): SyncReport {
  return {
    state: 'following',
    runId: '01a1fd1c-772d',
    since: ago(720),
    yieldsTo: null,
    targets: [target()],
    changes: [CHANGE],
    written: 1,
    trouble: null,
    ended: null,
    ...more,
  };
}

function text(lines: readonly Line[]): string[] {
  return writeLines(lines, aLook());
}

function line(more: Partial<SyncReport>): string {
  return text(syncLines('prod', report(more), aLook())).join('\n');
}

describe('the line that status has for the sync', () => {
  test('says since when it follows, and what it changed last', () => {
    expect(line({})).toBe(
      'sync  following 1 object for 12m00s · last change 3m00s ago: west · istiod at 198.18.1.2 (was 198.18.1.1)',
    );
    expect(line({ changes: [] })).toBe('sync  following 1 object for 12m00s · nothing changed yet');
  });

  test('says to which operation it yields', () => {
    expect(line({ yieldsTo: 'install 01a1fd60-bd66' })).toContain(
      'yields to install 01a1fd60-bd66',
    );
  });

  test('begins with what a person must repair, and the command that tries again', () => {
    const reason = 'west: may not patch endpointslices';
    expect(line({ targets: [target(), target({ state: 'blocked', reason })] })).toContain(
      `✖ west · istiod at blocked: ${reason}; repair it, then meshwright sync prod --now --reason "…"`,
    );
  });

  test('tells an address that vanished and was kept', () => {
    const kept = target({ state: 'kept', reason: 'the gateway has no address' });
    expect(line({ targets: [kept] })).toContain(
      '‼ west · istiod at kept: the gateway has no address',
    );
  });

  test('says who stopped it and what begins it again', () => {
    const ended = { at: ago(60), by: 'ana@laptop', reason: 'moving house', how: 'stopped' };
    expect(line({ state: 'ended', ended })).toBe(
      'sync  not running, stopped 1m00s ago by ana@laptop: "moving house"; meshwright install begins it again',
    );
    expect(line({ state: 'never' })).toBe(
      'sync  not running: an install begins it where there is something to follow',
    );
  });

  test('is left away in a mesh with nothing to follow', () => {
    const ended = { at: ago(60), by: null, reason: null, how: 'nothing to follow' };
    expect(line({ state: 'ended', ended })).toBe('');
  });
});

test('status says nothing of a sync where its install found nothing to follow', () => {
  const handedOver = (reason: string): string[] => {
    const step = aDoneStep('mesh/follow', 60, { kind: 'followMesh', reason });
    return text(renderStatus(aSnapshot([step]), UI, false, aLook(), report({ state: 'never' })));
  };
  expect(handedOver('nothing to follow').join('\n')).not.toContain('sync ');
  expect(handedOver('follows 1 object').join('\n')).toContain('sync  not running');
});

test('the screen of the sync lists every object and the latest changes', () => {
  expect(text(renderSync('prod', report(), UI, aLook()))).toEqual([
    'prod   sync following 1 object for 12m00s · last change 3m00s ago: west · istiod at 198.18.1.2 (was 198.18.1.1)',
    '',
    'CLUSTER   OBJECT      STATE        SINCE    HAS          REASON',
    'west      istiod at   ✔ followed   10m00s   198.18.1.2   -',
    '',
    'CHANGED                CLUSTER   OBJECT      BEFORE       AFTER',
    '2026-11-21T10:02:00Z   west      istiod at   198.18.1.1   198.18.1.2',
    '',
    `UI    ${UI}`,
  ]);
});

describe('what the history of a sync says without a worker', () => {
  function writesOf(shape: string): SyncWrite[] {
    const file = new URL(`../../replay/histories/${shape}.json`, import.meta.url);
    const { events } = historyFromJSON(JSON.parse(readFileSync(file, 'utf8')));
    return writesIn(events ?? [], 'run1');
  }

  test('is every write with before, after and time, those that failed too', () => {
    const writes = writesOf('synced');
    expect(writes).toMatchObject([
      {
        cluster: 'cluster2',
        title: 'istiod at',
        before: ['198.18.1.1'],
        after: ['198.18.1.2'],
        failure: null,
      },
      {
        before: ['198.18.1.2'],
        after: ['198.18.1.3'],
        failure: { type: 'Forbidden', message: 'cluster2: may not patch endpointslices' },
      },
    ]);
    expect(writes.map(({ at }) => Date.parse(at) > 0)).toEqual([true, true]);
    const [, second, third] = text(renderSyncWrites('prod', writes, aLook()));
    expect(second).toContain('cluster2   istiod at   198.18.1.1   198.18.1.2   ✔ written');
    expect(third).toContain('✖ Forbidden: cluster2: may not patch endpointslices');
  });

  test('is nothing for an operation', () => {
    expect(writesOf('installed')).toEqual([]);
    expect(text(renderSyncWrites('prod', [], aLook()))).toEqual([
      'the sync of prod has written nothing yet',
    ]);
  });
});
