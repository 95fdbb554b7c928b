import type { OperationKind } from '../../contract/mesh-status.ts';
import type { Member } from '../../mesh/plan/member.ts';
import { isPlanned } from '../../mesh/plan/quarantine.ts';
import type { UninstallOptions } from '../../mesh/plan/uninstall-options.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import type { StepRecords } from './step-records.ts';

/** What of the start of an operation says which clusters it is about. */
type AskedClusters = {
  spec: MeshSpec;
  remembered?: Member[];
  forget?: string[];
  uninstall?: UninstallOptions;
};

/** Clusters in which something of the mesh is when an operation is over. Before there is a plan, what earlier ones left is all that is known. */
export function holdingClusters(
  kind: OperationKind,
  { spec, remembered = [], forget = [], uninstall }: AskedClusters,
  steps: StepRecords,
  hasPlan: boolean,
): Member[] {
  switch (kind) {
    case 'install': {
      const before = remembered.filter(({ name }) => !forget.includes(name));
      return [...before, ...begunMembers(spec, steps)].filter(
        ({ name }) => !isRemoved(name, steps),
      );
    }
    case 'uninstall':
      return hasPlan ? unfinishedRemovals(steps) : (uninstall?.remembered ?? []);
    default:
      return [];
  }
}

/** Clusters of a file in which planned steps have begun, as the plan has the others remember them. */
function begunMembers({ clusters }: MeshSpec, steps: StepRecords): Member[] {
  const begun = steps.all().filter((step) => isPlanned(step) && step.attempts > 0);
  const isBegun = (name: string): boolean => begun.some(({ cluster }) => cluster === name);
  const records = steps.planned().filter((step) => step.kind === 'recordMesh');
  const known = records.flatMap(({ input }) => input.record.members);
  const members = new Map(known.map((member) => [member.name, member]));
  return clusters.flatMap(({ name }) => (isBegun(name) ? (members.get(name) ?? []) : []));
}

/** Whether the mesh was removed from a cluster: one that left the file, or into which an install that was taken back had brought it. */
function isRemoved(cluster: string, steps: StepRecords): boolean {
  const own = steps.all().filter((step) => step.cluster === cluster);
  return own.some(({ kind, state }) => kind === 'removeCluster' && state === 'done');
}

/** Clusters in which a removal was planned that is not done: the next uninstall must know of them. */
function unfinishedRemovals(steps: StepRecords): Member[] {
  const members = new Map(steps.clusters.leftBehind().map((member) => [member.name, member]));
  const done = new Set(steps.all().flatMap(({ id, state }) => (state === 'done' ? [id] : [])));
  for (const step of steps.planned()) {
    if (step.kind !== 'removeCluster' || done.has(step.id)) continue;
    const { cluster, uid } = step.input;
    members.set(cluster.name, { ...cluster, uid: uid ?? '' });
  }
  return [...members.values()];
}
