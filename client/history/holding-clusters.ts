import type { OperationKind } from '../../contract/mesh-status.ts';
import type { Member } from '../../mesh/plan/member.ts';
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
      return [...before, ...steps.begunMembers(spec)].filter(({ name }) => !steps.isRemoved(name));
    }
    case 'uninstall':
      return hasPlan ? steps.unfinishedRemovals() : (uninstall?.remembered ?? []);
    default:
      return [];
  }
}
