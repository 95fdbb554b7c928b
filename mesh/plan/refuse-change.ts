import { MeshFailure } from '../failure.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { leaversOf } from './removal-steps.ts';

/** What cannot change under running workloads: what a file says, how it is called, and why. */
const FIXED = [
  {
    field: 'istio.revision',
    was: (record: NonNullable<ClusterFacts['record']>) => record.revision ?? 'none',
    is: (spec: MeshSpec) => spec.istio.revision ?? 'none',
    why: 'workloads of the old revision would lose their control plane: upgrades by revision are not supported yet',
  },
  {
    field: 'trustDomain',
    was: (record: NonNullable<ClusterFacts['record']>) => record.trustDomain,
    is: (spec: MeshSpec) => spec.trustDomain,
    why: 'workloads keep their old identities until they are restarted, and would be refused by the others meanwhile',
  },
  {
    field: 'topology',
    was: (record: NonNullable<ClusterFacts['record']>) => record.topology,
    is: (spec: MeshSpec) => spec.topology,
    why: 'services of other clusters would vanish under running workloads',
  },
] as const;

/**
 * Refuses, before anything is written, what a changed file asks and a running mesh cannot take.
 * @throws {MeshFailure} PrecheckFailed: a revision, trust domain, topology or namespace that changed; a cluster under another name; one cluster named twice.
 */
export function refuseChange(spec: MeshSpec, facts: readonly ClusterFacts[]): void {
  refuseOneClusterTwice(facts);
  refuseRenaming(facts);
  for (const { cluster, record, otherHome } of facts) {
    if (otherHome !== undefined) throw refuseMove(spec, cluster, otherHome);
    if (record === undefined || record === null) continue;
    for (const { field, was, is, why } of FIXED) {
      if (was(record) === is(spec)) continue;
      throw new MeshFailure(
        'PrecheckFailed',
        `${field} of mesh ${spec.name} is ${was(record)} in ${cluster} and ${is(spec)} in the file: ${why}`,
        { cluster, cure: `keep ${field}: ${was(record)}, or uninstall the mesh first` },
      );
    }
  }
}

function refuseMove(spec: MeshSpec, cluster: string, home: string): MeshFailure {
  return new MeshFailure(
    'PrecheckFailed',
    `istio.namespace of mesh ${spec.name} is ${home} in ${cluster} and ${spec.istio.namespace} in the file: what is in ${home} would stay, and nobody would know of it`,
    {
      cluster,
      cure: `keep istio.namespace: ${home}, or uninstall the mesh first, with the file that it was installed with`,
    },
  );
}

function refuseOneClusterTwice(facts: readonly ClusterFacts[]): void {
  const byUid = new Map<string, string>();
  for (const { cluster, uid } of facts) {
    if (uid === undefined || uid === '') continue;
    const other = byUid.get(uid);
    if (other !== undefined) {
      throw new MeshFailure(
        'PrecheckFailed',
        `the contexts of ${other} and ${cluster} lead to the same cluster`,
        {
          cluster,
          cure: 'name the context of each cluster: two members of a mesh are two clusters',
        },
      );
    }
    byUid.set(uid, cluster);
  }
}

function refuseRenaming(facts: readonly ClusterFacts[]): void {
  for (const { cluster, knownAs } of facts) {
    if (knownAs === undefined) continue;
    throw new MeshFailure(
      'PrecheckFailed',
      `the context of ${cluster} leads to the cluster that is ${knownAs} of the mesh, and the file names both`,
      {
        cluster,
        cure: `set clusters[].context so that ${cluster} and ${knownAs} lead to their own clusters again`,
      },
    );
  }
  for (const leaver of leaversOf(facts)) {
    const now = facts.find(({ uid }) => uid !== undefined && uid !== '' && uid === leaver.uid);
    if (now === undefined) continue;
    throw new MeshFailure(
      'PrecheckFailed',
      `cluster ${now.cluster} of the file is ${leaver.name} of the mesh: a cluster's name is in the identity of its workloads and cannot change`,
      {
        cluster: now.cluster,
        cure: `call it ${leaver.name}, or take it out of the file, install, then add it under the new name`,
      },
    );
  }
}
