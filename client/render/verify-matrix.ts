import type { VerifyPair, VerifyReport } from '../../mesh/plan/verify-report.ts';
import { painted } from './look.ts';
import type { Line, Look } from './look.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';

/** Renders who answers whom, a row for each cluster that asks, and below it why a pair does not. */
export function renderVerifyMatrix(report: VerifyReport, look: Look): Line[] {
  const clusters = [...new Set(report.pairs.map((pair) => pair.from))];
  const byPair = new Map(report.pairs.map((pair) => [`${pair.from}/${pair.to}`, pair]));
  const rows = clusters.map((from): Cell[] => [
    from,
    ...clusters.map((to) => cellOf(byPair.get(`${from}/${to}`), look)),
  ]);
  const good = report.pairs.filter((pair) => pair.ok).length;
  const requests = [
    ...new Set(report.pairs.filter((pair) => pair.from === pair.to).map((pair) => pair.requests)),
  ];
  const bad = report.pairs.filter((pair) => !pair.ok);
  return [
    ...table(['from ↓ to →', ...clusters], rows, look),
    [],
    [
      `${good}/${report.pairs.length} pairs`,
      ...(requests.length === 0 ? [] : [` · ${requests.join(', ')} requests from each cluster`]),
      pathsText(report.pairs),
      report.ok ? ' · every cluster is answered by every cluster' : '',
    ],
    ...bad.flatMap((pair) => badPair(pair, look)),
  ];
}

/** How the requests went, e.g. ` · 2 direct, 2 through gateways`; empty where nobody looked. */
function pathsText(pairs: readonly VerifyPair[]): string {
  const count = (path: VerifyPair['path']): number =>
    pairs.filter((pair) => pair.path === path).length;
  const parts = [
    ...(count('direct') > 0 ? [`${count('direct')} direct`] : []),
    ...(count('gateway') > 0 ? [`${count('gateway')} through gateways`] : []),
  ];
  return parts.length === 0 ? '' : ` · ${parts.join(', ')}`;
}

function cellOf(pair: VerifyPair | undefined, look: Look): Cell {
  if (pair === undefined) return '';
  const signs = look.ascii ? { ok: 'ok', bad: 'XX' } : { ok: '✔', bad: '✖' };
  return painted(
    `${pair.ok ? signs.ok : signs.bad} ${pair.answers}/${pair.requests}`,
    pair.ok ? 'green' : 'red',
  );
}

function badPair({ from, to, answers, requests, reason }: VerifyPair, look: Look): Line[] {
  return [
    [],
    [
      painted(look.ascii ? 'XX' : '✖', 'red'),
      ` ${from} → ${to}: ${to} answered ${answers} of ${requests} requests${reason === null ? '' : `: ${reason}`}`,
    ],
  ];
}
