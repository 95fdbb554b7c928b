import { FAILURES, isMeshFailure } from '../../mesh/failure.ts';
import type { FollowedTarget } from '../../mesh/sync/followed-target.ts';
import { lookOf, type TargetLook } from '../../mesh/sync/target-look.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { followedDiscovery } from './followed-discovery.ts';
import { followedImport } from './followed-import.ts';
import type { FollowedKind, Source, WritableReading } from './followed-kind.ts';
import { followedStubServices } from './followed-stub-services.ts';
import { followedMeshNetworks } from './followed-mesh-networks.ts';

/** Who looks at and writes each kind of target. */
const KINDS: { [K in FollowedTarget['kind']]: FollowedKind<K> } = {
  discovery: followedDiscovery,
  meshNetworks: followedMeshNetworks,
  stubServices: followedStubServices,
  import: followedImport,
};

// TypeScript does not see that a target and the member of its kind belong together.
function kindOf(target: FollowedTarget): FollowedKind<FollowedTarget['kind']> {
  return KINDS[target.kind] as unknown as FollowedKind<FollowedTarget['kind']>;
}

/** Objects whose change calls for another look at a target. */
export function sourcesOf(target: FollowedTarget): Source[] {
  return kindOf(target).sources(target);
}

/** Reads what a target has and what it should have, to be written. */
export function readTarget(ports: StepPorts, target: FollowedTarget): Promise<WritableReading> {
  return kindOf(target).read(ports, target, 'own');
}

/** Looks at a target; trouble with its clusters is an answer too, so that one that is away holds back no other. */
export async function lookAt(ports: StepPorts, target: FollowedTarget): Promise<TargetLook> {
  try {
    return lookOf(target.id, await kindOf(target).read(ports, target, 'shared'));
  } catch (error) {
    if (!isMeshFailure(error)) throw error;
    const state = FAILURES[error.type].retried ? 'unreachable' : 'blocked';
    return { target: target.id, state, live: [], wanted: [], reason: error.message };
  }
}
