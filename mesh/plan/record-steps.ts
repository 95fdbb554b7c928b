import type { MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { Member } from './member.ts';
import type { PlanStep } from './plan.ts';

/** The step that writes what the clusters of a spec remember. */
export function recordStep(
  spec: MeshSpec,
  name: string,
  title: string,
  needs: string[],
  members: Member[],
  away: readonly string[] = [],
): PlanStep {
  return {
    id: `mesh/${name}`,
    kind: 'recordMesh',
    cluster: null,
    title,
    needs,
    when: 'always',
    input: {
      clusters: spec.clusters.map(clusterRef),
      mesh: spec.name,
      namespace: spec.istio.namespace,
      record: {
        members,
        revision: spec.istio.revision,
        trustDomain: spec.trustDomain,
        topology: spec.topology,
      },
      ...(away.length === 0 ? {} : { away: [...away] }),
    },
  };
}

function membersOf(spec: MeshSpec, facts: readonly ClusterFacts[]): Member[] {
  return spec.clusters.map(({ name, context }) => ({
    name,
    context,
    uid: facts.find((fact) => fact.cluster === name)?.uid ?? '',
  }));
}

/**
 * Lets the clusters remember who is in the mesh as soon as there is a place to: those that leave too, until nothing of the mesh is left in
 * them, and those of `away` that one of them remembers. `spec` has the others only.
 */
export function rememberStep(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  leavers: Member[],
  away: readonly string[],
): PlanStep {
  const needs = spec.clusters.map(({ name }) => `${name}/prepare-namespace`);
  const members = [...membersOf(spec, facts), ...leavers];
  return recordStep(spec, 'remember', 'remember clusters', needs, members, away);
}

/** Lets the clusters forget those that have left, once nothing of the mesh is left in those that are `cleaned`. */
export function forgetStep(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  cleaned: readonly Member[],
): PlanStep {
  const needs = ['mesh/remember', ...cleaned.map(({ name }) => `${name}/remove-cluster`)];
  return recordStep(spec, 'forget', 'forget clusters', needs, membersOf(spec, facts));
}
