import { TypedSearchAttributes } from '@temporalio/common';
import { TARGET_TITLES, type FollowSpec } from '../mesh/sync/followed-target.ts';
import { markdownTable } from './markdown-table.ts';
import { MESH_CLUSTERS, MESH_NAME, MESH_OPERATION, MESH_STATE } from './search-attributes.ts';
import { fittingNames, WORKFLOW_TASK_MS } from './workflow-metadata.ts';
import type { WorkflowMetadata } from './workflow-metadata.ts';

/** Bytes that the SDK takes in a summary are 200; signs outside ASCII count more than one. */
const SUMMARY_LIMIT = 120;
/** Targets that are listed one by one. */
const LISTED_TARGETS = 100;

/** Describes the following of a mesh's addresses for the start of its workflow. */
export function syncMetadata({ mesh, clusters, targets }: FollowSpec): WorkflowMetadata {
  const count = `${targets.length} object${targets.length === 1 ? '' : 's'}`;
  return {
    workflowTaskTimeout: WORKFLOW_TASK_MS,
    staticSummary: `sync ${mesh} · keeps ${count} at the right addresses`.slice(0, SUMMARY_LIMIT),
    staticDetails: [
      `**keeps the addresses of mesh ${mesh} right** after its install: watches gateways, istiod and host names, and writes what differs.`,
      'It yields to a running operation. Every write is an activity with before and after.',
      '',
      ...markdownTable(
        ['cluster', 'object'],
        targets
          .slice(0, LISTED_TARGETS)
          .map(({ cluster, kind }) => [cluster.name, TARGET_TITLES[kind]]),
      ),
    ].join('\n'),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: MESH_NAME, value: mesh },
      { key: MESH_OPERATION, value: 'sync' },
      { key: MESH_STATE, value: 'running' },
      { key: MESH_CLUSTERS, value: fittingNames(clusters) },
    ]),
  };
}
