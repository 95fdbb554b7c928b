import { TypedSearchAttributes } from '@temporalio/common';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import type { OperationKind } from './mesh-status.ts';
import { markdownTable } from './markdown-table.ts';
import type { Requester } from './messages.ts';
import { MESH_CLUSTERS, MESH_NAME, MESH_OPERATION, MESH_STATE } from './search-attributes.ts';

/**
 * Time after which Temporal gives a workflow task to another worker, in milliseconds: what a worker costs that is killed with one in its hands, which
 * is often, since every step's end makes one. Measured: 10 s, Temporal's default, at every step boundary. Replaying a full history takes about one.
 */
export const WORKFLOW_TASK_MS = 5_000;

/** What a workflow is started with, so that people who open the Temporal UI know what it is. */
export type WorkflowMetadata = {
  /** Time after which Temporal gives a workflow task to another worker, in milliseconds. */
  workflowTaskTimeout: number;
  /** One line in the list of workflows; at most 200 bytes. */
  staticSummary: string;
  /** Markdown above the history; at most 20,000 bytes. */
  staticDetails: string;
  /** Search attributes of the start; the workflow changes them only when its state does. */
  typedSearchAttributes: TypedSearchAttributes;
};

/** Bytes that the SDK takes in a summary are 200; signs outside ASCII count more than one. */
const SUMMARY_LIMIT = 120;
/** Clusters that are listed one by one. */
const LISTED_CLUSTERS = 100;
/** A search attribute holds 2,048 bytes, and a cluster's name may have 63. */
const CLUSTER_BYTES = 2_000;

/** Describes an operation for the start of its workflow. */
export function workflowMetadata(
  kind: OperationKind,
  spec: MeshSpec,
  requester: Requester,
): WorkflowMetadata {
  const { name, clusters, networks, istio } = spec;
  const counts = `${count(clusters.length, 'cluster')} on ${count(networks.length, 'network')}`;
  return {
    workflowTaskTimeout: WORKFLOW_TASK_MS,
    staticSummary: `${kind} ${name} · ${counts} · Istio ${istio.version}`.slice(0, SUMMARY_LIMIT),
    staticDetails: [
      `**${kind} of mesh ${name}**, asked for by ${requester.by}${requester.reason === null ? '' : `: ${requester.reason}`}`,
      '',
      `Istio ${istio.version} in ${istio.namespace}${istio.revision === null ? '' : `, revision ${istio.revision}`}; ${counts}`,
      '',
      ...markdownTable(
        ['cluster', 'network', 'control plane'],
        clusters
          .slice(0, LISTED_CLUSTERS)
          .map((cluster) => [cluster.name, cluster.network, controlPlaneOf(cluster)]),
      ),
      ...(clusters.length > LISTED_CLUSTERS
        ? ['', `… and ${clusters.length - LISTED_CLUSTERS} more`]
        : []),
    ].join('\n'),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: MESH_NAME, value: name },
      { key: MESH_OPERATION, value: kind },
      { key: MESH_STATE, value: 'running' },
      { key: MESH_CLUSTERS, value: fittingNames(clusters.map((cluster) => cluster.name)) },
    ]),
  };
}

function controlPlaneOf({ controlPlane }: MeshSpec['clusters'][number]): string {
  return controlPlane.kind === 'primary' ? 'primary' : `remote of ${controlPlane.primary}`;
}

/** The first names that a search attribute holds. */
export function fittingNames(names: readonly string[]): string[] {
  let bytes = 0;
  return names.filter((name) => (bytes += name.length + 1) <= CLUSTER_BYTES);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
