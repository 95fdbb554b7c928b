import type { SyncActivities } from '../../contract/mesh-sync.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { createApplyDrift } from './apply-drift.ts';
import { createAwaitDrift } from './await-drift.ts';

/** Makes the activities of `syncMesh` over the given ports. */
export function syncActivities(ports: StepPorts): SyncActivities {
  return { awaitDrift: createAwaitDrift(ports), applyDrift: createApplyDrift(ports) };
}
