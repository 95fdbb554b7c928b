import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import type { FollowedTarget } from '../../mesh/sync/followed-target.ts';
import type { TargetReading } from '../../mesh/sync/target-look.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** Target of a kind. */
export type TargetOf<K extends FollowedTarget['kind']> = Extract<FollowedTarget, { kind: K }>;

/** Objects whose change calls for another look at a target. */
export type Source = {
  /** Cluster they are in. */
  cluster: ClusterRef;
  /** Which they are. */
  query: Parameters<Cluster['watchUntil']>[0];
};

/** A reading with the way to write what it wants, under the version that was read. */
export type WritableReading = TargetReading & {
  /** Writes `wanted`; throws ConcurrentChange when somebody wrote in between. */
  write(): Promise<void>;
};

/** How one kind of target is looked at and written. */
export type FollowedKind<K extends FollowedTarget['kind']> = {
  /** What is watched; everything else is noticed by looking again every few seconds. */
  sources(target: TargetOf<K>): Source[];
  /** Reads what the object has and what it should have. A look may share with others what it reads; whoever writes reads for himself. */
  read(ports: StepPorts, target: TargetOf<K>, reads: 'shared' | 'own'): Promise<WritableReading>;
};
