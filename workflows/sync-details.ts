import { markdownTable } from '../contract/markdown-table.ts';
import type { SyncStatus } from '../contract/mesh-sync.ts';
import { changeText } from '../mesh/sync/change-text.ts';
import { cell, cutToBytes } from './markdown.ts';

/** Changes that are listed. */
const LISTED_CHANGES = 20;

/** Writes what a mesh's sync follows and what it changed as Markdown, for people who open it in the Temporal UI. */
export function syncDetails(status: SyncStatus): string {
  const { mesh, since, targets, changes, written, trouble } = status;
  return cutToBytes([
    `**following the addresses of ${mesh}** since ${since} · ${targets.length} objects · ${written} changes written`,
    ...(trouble === null ? [] : ['', `‼ ${cell(trouble)}`]),
    '',
    ...markdownTable(
      ['cluster', 'object', 'state', 'since', 'has', ''],
      targets.map(({ cluster, title, state, since: from, live, reason }) => [
        ...[cluster, cell(title), state, from],
        ...[cell(live.join(', ')), cell(reason ?? '')],
      ]),
    ),
    ...(changes.length === 0
      ? []
      : [
          '',
          ...markdownTable(
            ['time', 'cluster', 'change'],
            changes
              .slice(-LISTED_CHANGES)
              .reverse()
              .map(({ at, cluster, title, before, after }) => [
                ...[at, cluster],
                cell(changeText(title, before, after)),
              ]),
          ),
        ]),
  ]);
}
