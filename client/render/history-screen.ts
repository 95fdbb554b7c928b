import type { OperationRecord } from '../history/operation-record.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { changedObjects, count, shortRun } from './step-text.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { elapsedBetween, isoSeconds, tookText } from './time.ts';

/** Renders the operations of a mesh, one line each. */
export function renderOperations(records: readonly OperationRecord[], look: Look): Line[] {
  const rows = records.map((record): Cell[] => {
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
      summaryOf(record),
    ];
  });
  return table(['RUN', 'OPERATION', 'BY', 'STARTED', 'TOOK', 'RESULT', 'SUMMARY'], rows, look);
}

/** Renders one operation: who started it and why, its steps, and what people decided on the way. */
export function renderOperation(record: OperationRecord, uiUrl: string, look: Look): Line[] {
  const { mesh, operation, startedBy, planDigest } = record.progress;
  const { decisions, failure } = record;
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
    ...(failure === null
      ? []
      : [
          ['  failed    ', failure.message] as Line,
          ...failure.lines.map((line): Line => ['            ', line]),
        ]),
    ['  UI        ', uiUrl],
    [],
    ...stepRows(record, look),
    ...(decisions.length === 0 ? [] : [[], ...decisionRows(record, look)]),
  ];
}

function stepRows({ progress }: OperationRecord, look: Look): Line[] {
  const rows = progress.steps
    .filter((step) => step.startedAt !== null || step.state === 'skipped')
    .toSorted((a, b) => (a.startedAt ?? a.since ?? '').localeCompare(b.startedAt ?? b.since ?? ''))
    .map((step): Cell[] => {
      const mark = sign(step.state, look);
      const end = step.finishedAt ?? step.since;
      const took = step.startedAt === null || end === null ? '' : tookText(step.startedAt, end);
      const detail = [step.failure, step.reason].filter((text) => text !== null).join(': ');
      return [
        isoSeconds(step.startedAt ?? step.since ?? ''),
        step.id,
        String(step.attempts),
        took,
        painted(`${mark.text} ${step.state}`, mark.paint),
        detail,
      ];
    });
  return table(['STARTED', 'STEP', 'ATTEMPTS', 'TOOK', 'RESULT', 'DETAIL'], rows, look);
}

function decisionRows({ decisions }: OperationRecord, look: Look): Line[] {
  const rows = decisions.map(({ at, by, what, step, reason }) => [
    isoSeconds(at),
    by,
    step === null ? what : `${what} ${step}`,
    reason === null ? '' : `"${reason}"`,
  ]);
  return table(['TIME', 'ACTOR', 'WHAT', 'REASON'], rows, look);
}

function resultCell({ progress }: OperationRecord, look: Look): Cell {
  const { state } = progress.operation;
  const mark = sign(
    state === 'succeeded' ? 'done' : state === 'canceled' ? 'skipped' : state,
    look,
  );
  return painted(`${mark.text} ${state}`, mark.paint);
}

function summaryOf({ progress, spec, report, failure }: OperationRecord): string {
  const clusters =
    spec.clusters.length <= 3
      ? spec.clusters.map(({ name }) => name).join(', ')
      : count(spec.clusters.length, 'cluster');
  if (report !== null)
    return `${report.pairs.filter((pair) => pair.ok).length}/${report.pairs.length} pairs · ${clusters}`;
  const blocked = progress.steps.filter((step) => step.state === 'blocked').map((step) => step.id);
  const parts = [`Istio ${spec.istio.version} on ${clusters}`];
  const { kind } = progress.operation;
  if (kind === 'install' || kind === 'uninstall')
    parts.push(
      `${count(changedObjects(progress), 'object')} ${kind === 'install' ? 'changed' : 'removed'}`,
    );
  if (blocked.length > 0) parts.push(`blocked: ${blocked.join(', ')}`);
  if (failure !== null) parts.push(failure.message);
  return parts.join(' · ');
}
