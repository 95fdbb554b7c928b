import type { OperationRecord } from '../history/operation-record.ts';
import type { ToldOperation } from '../history/tell-story.ts';
import { countsText } from './change-counts.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { changedObjects, count, shortRun } from './step-text.ts';
import { storyLines } from './story-screen.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { elapsedBetween, isoSeconds, tookText } from './time.ts';

/** Longest reason in the list of operations, in characters. */
const WHY = 40;

/** Renders the operations of a mesh, one line each. */
export function renderOperations(operations: readonly ToldOperation[], look: Look): Line[] {
  const rows = operations.map(({ record, changes }): Cell[] => {
    const { operation, startedBy } = record.progress;
    const took =
      operation.finishedAt === null
        ? `${elapsedBetween(operation.startedAt, null, look)} so far`
        : tookText(operation.startedAt, operation.finishedAt);
    return [
      shortRun(operation.runId),
      operation.kind,
      startedBy.by,
      isoSeconds(operation.startedAt),
      took,
      resultCell(record, look),
      countsText(changes),
      whyOf(startedBy.reason),
      summaryOf(record, changes === null),
    ];
  });
  const heads = [
    'RUN',
    'OPERATION',
    'BY',
    'STARTED',
    'TOOK',
    'RESULT',
    'CHANGES',
    'WHY',
    'SUMMARY',
  ];
  return table(heads, rows, look);
}

function whyOf(reason: string | null): string {
  if (reason === null) return '';
  return reason.length <= WHY ? reason : `${reason.slice(0, WHY - 1)}…`;
}

/** Renders one operation: who started it and why, and all that happened in it. `uiUrl` is null where there is no Temporal to look into. */
export function renderOperation(told: ToldOperation, uiUrl: string | null, look: Look): Line[] {
  const { record, changes } = told;
  const { mesh, operation, startedBy, planDigest } = record.progress;
  const { failure } = record;
  return [
    [
      painted(mesh, 'bold'),
      ` · ${operation.kind} · run ${operation.runId} · `,
      resultCell(record, look),
    ],
    [
      '  started   ',
      `${isoSeconds(operation.startedAt)} by ${startedBy.by}${startedBy.reason === null ? '' : `: "${startedBy.reason}"`}`,
    ],
    ...(operation.finishedAt === null
      ? []
      : [
          [
            '  finished  ',
            `${isoSeconds(operation.finishedAt)}, after ${elapsedBetween(operation.startedAt, operation.finishedAt, look)}`,
          ] as Line,
        ]),
    [
      '  spec      ',
      `sha256:${record.specDigest.slice(0, 16)}…${planDigest === null ? '' : ` · plan ${planDigest}`}`,
    ],
    ...(changes === null ? [] : [['  changes   ', countsText(changes)] as Line]),
    ...(failure === null
      ? []
      : [
          ['  failed    ', failure.message] as Line,
          ...failure.lines.map((line): Line => ['            ', line]),
        ]),
    ...(uiUrl === null ? [] : [['  UI        ', uiUrl] as Line]),
    [],
    ...storyLines(told, look),
  ];
}

function resultCell({ progress }: OperationRecord, look: Look): Cell {
  const { state } = progress.operation;
  const mark = sign(
    state === 'succeeded' ? 'done' : state === 'canceled' ? 'skipped' : state,
    look,
  );
  return painted(`${mark.text} ${state}`, mark.paint);
}

function summaryOf(
  { progress, spec, report, failure }: OperationRecord,
  withCount: boolean,
): string {
  const clusters =
    spec.clusters.length <= 3
      ? spec.clusters.map(({ name }) => name).join(', ')
      : count(spec.clusters.length, 'cluster');
  if (report !== null)
    return `${report.pairs.filter((pair) => pair.ok).length}/${report.pairs.length} pairs · ${clusters}`;
  const blocked = progress.steps.filter((step) => step.state === 'blocked').map((step) => step.id);
  const parts = [`Istio ${spec.istio.version} on ${clusters}`];
  const { kind } = progress.operation;
  if (withCount && (kind === 'install' || kind === 'uninstall'))
    parts.push(
      `${count(changedObjects(progress), 'object')} ${kind === 'install' ? 'changed' : 'removed'}`,
    );
  if (blocked.length > 0) parts.push(`blocked: ${blocked.join(', ')}`);
  if (failure !== null) parts.push(failure.message);
  return parts.join(' · ');
}
