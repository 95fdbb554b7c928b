import type { StepKind } from '../mesh/plan/step-inputs.ts';
import type { Decided } from './decisions.ts';

/** What a mesh does without when a step of that kind is skipped; null where it may not be, because what follows needs it. */
const MISSING: { readonly [K in StepKind]: string | null } = {
  precheck: null,
  reachCluster: null,
  planInstall: null,
  surveyCluster: null,
  planUninstall: null,
  planUndo: null,
  prepareNamespace: null,
  createCaSecret: null,
  applyBase: null,
  applyDefinitions: null,
  applyControlPlane: null,
  applyRemoteControlPlane: null,
  awaitControlPlane: null,
  applyGateway: null,
  exposeControlPlane: null,
  applyDiscoveryService: null,
  awaitDiscoveryAddress: null,
  // A gateway's pods that are made before the injector answers never come up, not even later.
  awaitClusterSync: null,
  // Clusters that do not remember one another could not be cleaned when they leave.
  recordMesh: null,
  applyResources: "the file's own Istio resources are not in that cluster",
  awaitGatewayAddress: 'what goes through that gateway does not arrive until it has an address',
  awaitGateway: 'nothing says that the pods of that gateway are ready',
  exposeServices: "other networks cannot reach that cluster's services",
  createRemoteSecret: "that primary does not see that cluster's services",
  awaitMeshSync: 'nothing says that istiod of that primary has read the other clusters',
  patchMeshNetworks: 'istiod may not know the addresses of all gateways',
  applyStubServices: 'names of services of other clusters may not resolve in that cluster',
  applyExport: 'that service cannot be called from other clusters',
  applyImport: 'that service cannot be called from that cluster',
  removeComponent: 'what is there stays, and is looked at again by the next install',
  removeCluster: 'what is there stays, and is looked at again by the next install or uninstall',
  releaseTrust: 'the key of the root stays where it is',
  followMesh: 'addresses that move are not followed',
  verifyTraffic: 'traffic between the clusters is not proven',
};

/** What is missing when a step of the kind is skipped; null where it may not be skipped, or nobody knows the kind. */
export function missingWithout(kind: string): string | null {
  return Object.hasOwn(MISSING, kind) ? MISSING[kind as StepKind] : null;
}

/** Why a step that a person skipped is skipped, in one line. */
export function skippedText(
  { by, reason }: Pick<Decided, 'by' | 'reason'>,
  missing: string,
): string {
  return `skipped by ${by}: ${reason}; missing: ${missing}`;
}
