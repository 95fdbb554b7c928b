import type { SyncChange, SyncReport, SyncTarget } from '../../contract/mesh-sync.ts';
import { NOTHING_TO_FOLLOW } from '../../mesh/sync/followed-target.ts';
import { changeText } from '../../mesh/sync/change-text.ts';
import type { SyncWrite } from '../sync/sync-history.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { count } from './step-text.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { isoSeconds, sinceText } from './time.ts';

/** The command that makes a sync try again. */
export function syncNowCommand(mesh: string): string {
  return `meshwright sync ${mesh} --now --reason "…"`;
}

/** One line for `status`: what follows the mesh's addresses; none in a mesh with nothing to follow. */
export function syncLines(mesh: string, report: SyncReport, look: Look): Line[] {
  if (isIdle(report)) return [];
  return [['sync  ', ...headOf(mesh, report, look)]];
}

/** Renders how a mesh's sync stands: what it follows, and what it changed last. */
export function renderSync(mesh: string, report: SyncReport, uiUrl: string, look: Look): Line[] {
  const { targets, changes } = report;
  return [
    [painted(mesh, 'bold'), '   sync ', ...headOf(mesh, report, look)],
    ...(targets.length === 0 ? [] : [[], ...targetTable(targets, look)]),
    ...(changes.length === 0 ? [] : [[], ...changeTable(changes, look)]),
    ...(report.runId === null ? [] : [[], ['UI    ', uiUrl] as Line]),
  ];
}

/** Renders what a mesh's sync wrote, the latest first. */
export function renderSyncWrites(mesh: string, writes: readonly SyncWrite[], look: Look): Line[] {
  if (writes.length === 0) return [[`the sync of ${mesh} has written nothing yet`]];
  const rows = writes.map(({ at, cluster, title, before, after, failure }): Cell[] => [
    isoSeconds(at),
    cluster,
    title,
    before.join(', '),
    after.join(', '),
    failure === null
      ? painted(`${sign('done', look).text} written`, 'green')
      : painted(`${sign('failed', look).text} ${failure.type}: ${failure.message}`, 'red'),
  ]);
  return table(['TIME', 'CLUSTER', 'OBJECT', 'BEFORE', 'AFTER', 'RESULT'], rows, look);
}

/** Whether nothing is followed because there is nothing to follow. */
function isIdle({ state, ended }: SyncReport): boolean {
  return state === 'ended' && ended?.how === NOTHING_TO_FOLLOW;
}

function headOf(mesh: string, report: SyncReport, look: Look): Line {
  const { state, since, targets, changes, yieldsTo, trouble, ended } = report;
  switch (state) {
    case 'never':
      return [
        painted('not running', 'yellow'),
        ': an install begins it where there is something to follow',
      ];
    case 'ended': {
      const by = ended?.by == null ? '' : ` by ${ended.by}`;
      const why = ended?.reason == null ? '' : `: "${ended.reason}"`;
      const when = `${ended?.how ?? 'ended'} ${agoText(ended?.at ?? null, look)}${by}${why}`;
      return [painted('not running', 'yellow'), `, ${when}; meshwright install begins it again`];
    }
    case 'unanswered':
      return [painted('running', 'yellow'), ', and no worker says how it stands'];
    default: {
      const objects = count(targets.length, 'object');
      const last = changes.at(-1);
      const parts = [
        `following ${objects} for ${sinceText(since, look)}`,
        ...(yieldsTo === null ? [] : [`yields to ${yieldsTo}`]),
        ...(last === undefined
          ? ['nothing changed yet']
          : [
              `last change ${agoText(last.at, look)}: ${last.cluster} · ${changeText(last.title, last.before, last.after)}`,
            ]),
        ...(trouble === null ? [] : [trouble]),
      ];
      return [...troubleOf(mesh, targets, look), parts.join(' · ')];
    }
  }
}

/** The target that matters most speaks for all. */
function troubleOf(mesh: string, targets: readonly SyncTarget[], look: Look): Line {
  for (const state of ['blocked', 'unreachable', 'kept'] as const) {
    const target = targets.find((candidate) => candidate.state === state);
    if (target === undefined) continue;
    const mark = sign(state === 'blocked' ? 'blocked' : 'warning', look);
    const then = state === 'blocked' ? `; repair it, then ${syncNowCommand(mesh)}` : '';
    const text = `${mark.text} ${target.cluster} · ${target.title} ${state}: ${target.reason ?? ''}${then} · `;
    return [painted(text, mark.paint)];
  }
  return [];
}

function targetTable(targets: readonly SyncTarget[], look: Look): Line[] {
  const rows = targets.map((target): Cell[] => {
    const good = target.state === 'followed';
    const mark = sign(good ? 'done' : target.state === 'blocked' ? 'blocked' : 'warning', look);
    return [
      target.cluster,
      target.title,
      painted(`${mark.text} ${target.state}`, mark.paint),
      sinceText(target.since, look),
      target.live.join(', '),
      [target.failure, target.reason].filter((text) => text !== null).join(': '),
    ];
  });
  return table(['CLUSTER', 'OBJECT', 'STATE', 'SINCE', 'HAS', 'REASON'], rows, look);
}

function changeTable(changes: readonly SyncChange[], look: Look): Line[] {
  const rows = changes
    .toReversed()
    .map(({ at, cluster, title, before, after }): Cell[] => [
      isoSeconds(at),
      cluster,
      title,
      before.join(', '),
      after.join(', '),
    ]);
  return table(['CHANGED', 'CLUSTER', 'OBJECT', 'BEFORE', 'AFTER'], rows, look);
}

function agoText(at: string | null, look: Look): string {
  return `${sinceText(at, look)}${look.timeFormat === 'iso' ? '' : ' ago'}`;
}
