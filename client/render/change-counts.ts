import type { ChangeCounts, ObjectChange } from '../../mesh/plan/object-changes.ts';
import { painted } from './look.ts';
import type { Line } from './look.ts';

const SIGNS = { created: '+', changed: '~', removed: '-' } as const;
const PAINTS = { created: 'green', changed: 'yellow', removed: 'red' } as const;

/** Objects created, changed and removed, e.g. `+69 ~0 -2`; empty when nobody knows. */
export function countsText(counts: ChangeCounts | null): string {
  return counts === null ? '' : `+${counts.created} ~${counts.changed} -${counts.removed}`;
}

/** One object that was written, with what was there before and after; Secrets have neither. */
export function objectChangeLine({
  action,
  cluster,
  group,
  kind,
  name,
  before,
  after,
}: ObjectChange): Line {
  const of = group === undefined ? kind : `${kind}.${group}`;
  const digests = before === null && after === null ? '' : `   ${before ?? '-'} → ${after ?? '-'}`;
  return [painted(`    ${SIGNS[action]} ${cluster}  ${of} ${name}`, PAINTS[action]), digests];
}
