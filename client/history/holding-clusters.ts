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

/** How far an operation has come. */
type Reached = {
  /** Whether there is a plan. */
  hasPlan: boolean;
  /** Whether it was an install, and was taken back. */
  isUndone: boolean;
};

/** Clusters in which something of the mesh is when an operation is over. Before there is a plan, what earlier ones left is all that is known. */
export function holdingClusters(
  kind: OperationKind,
  { spec, remembered = [], forget = [], uninstall }: AskedClusters,
  steps: StepRecords,
  { hasPlan, isUndone }: Reached,
): Member[] {
  switch (kind) {
    case 'install': {
      const before = remembered.filter(({ name }) => !forget.includes(name));
      const left = before.filter(({ name }) => !steps.isRemoved(name));
      return isUndone ? left : [...left, ...steps.begunMembers(spec)];
    }
    case 'uninstall':
      return hasPlan ? steps.unfinishedRemovals() : (uninstall?.remembered ?? []);
    default:
      return [];
  }
}
