import type { StepActivities } from '../contract/step-activities.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import { createAwaitControlPlane } from './control-plane/await-control-plane.ts';
import { createAwaitGateway } from './gateway/await-gateway.ts';
import { createApplyBase } from './control-plane/base.ts';
import { createCreateCaSecret } from './trust/ca-secret.ts';
import { createAwaitClusterSync } from './discovery/cluster-sync.ts';
import { createApplyControlPlane } from './control-plane/control-plane.ts';
import { createApplyExport, createApplyImport } from './exports/exports.ts';
import { createExposeControlPlane, createExposeServices } from './gateway/expose.ts';
import {
  createApplyDiscoveryService,
  createAwaitDiscoveryAddress,
} from './control-plane/discovery-service.ts';
import { createApplyDefinitions } from './control-plane/definitions.ts';
import { createApplyGateway } from './gateway/gateway.ts';
import { createFollowMesh } from './planning/follow-mesh.ts';
import { createAwaitGatewayAddress } from './gateway/gateway-address.ts';
import { createAwaitMeshSync } from './discovery/mesh-sync.ts';
import { createPatchMeshNetworks } from './gateway/mesh-networks.ts';
import { planInstallStep } from './planning/plan-install.ts';
import { planUndoStep } from './planning/plan-undo.ts';
import { planUninstallStep } from './planning/plan-uninstall.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { createPrecheck } from './planning/precheck.ts';
import { createReachCluster } from './planning/reach-cluster.ts';
import { tellingGoneNamespace } from './objects/gone-namespace.ts';
import { createPrepareNamespace } from './objects/prepare-namespace.ts';
import { createRecordMesh } from './planning/record-mesh.ts';
import { createApplyRemoteControlPlane } from './control-plane/remote-control-plane.ts';
import { createCreateRemoteSecret } from './discovery/remote-secret.ts';
import { createReleaseTrust } from './trust/release-trust.ts';
import { createRemoveCluster } from './removal/remove-cluster.ts';
import { createRemoveComponent } from './removal/remove-component.ts';
import { createApplyResources } from './objects/resources.ts';
import { createApplyStubServices } from './exports/stub-services.ts';
import { createSurveyCluster } from './planning/survey-cluster.ts';
import { createVerifyTraffic } from './verification/verify-traffic.ts';

/** Makes the activity of every kind of step over the given ports. */
export function createStepActivities(ports: StepPorts): StepActivities {
  const activities = activitiesOver(ports);
  return Object.fromEntries(
    Object.entries(activities).map(([kind, activity]) => [
      kind,
      (input: object) =>
        tellingGoneNamespace(ports, kind, input, () =>
          (activity as (input: object) => Promise<StepOutcome>)(input),
        ),
    ]),
  ) as StepActivities;
}

function activitiesOver(ports: StepPorts): StepActivities {
  return {
    precheck: createPrecheck(ports),
    reachCluster: createReachCluster(ports),
    planInstall: planInstallStep,
    prepareNamespace: createPrepareNamespace(ports),
    createCaSecret: createCreateCaSecret(ports),
    applyBase: createApplyBase(ports),
    applyDefinitions: createApplyDefinitions(ports),
    applyResources: createApplyResources(ports),
    applyControlPlane: createApplyControlPlane(ports),
    awaitControlPlane: createAwaitControlPlane(ports),
    applyGateway: createApplyGateway(ports),
    awaitGatewayAddress: createAwaitGatewayAddress(ports),
    awaitGateway: createAwaitGateway(ports),
    exposeControlPlane: createExposeControlPlane(ports),
    applyDiscoveryService: createApplyDiscoveryService(ports),
    awaitDiscoveryAddress: createAwaitDiscoveryAddress(ports),
    exposeServices: createExposeServices(ports),
    applyRemoteControlPlane: createApplyRemoteControlPlane(ports),
    createRemoteSecret: createCreateRemoteSecret(ports),
    awaitClusterSync: createAwaitClusterSync(ports),
    awaitMeshSync: createAwaitMeshSync(ports),
    patchMeshNetworks: createPatchMeshNetworks(ports),
    applyStubServices: createApplyStubServices(ports),
    applyExport: createApplyExport(ports),
    applyImport: createApplyImport(ports),
    recordMesh: createRecordMesh(ports),
    removeComponent: createRemoveComponent(ports),
    removeCluster: createRemoveCluster(ports),
    surveyCluster: createSurveyCluster(ports),
    planUninstall: planUninstallStep,
    planUndo: planUndoStep,
    releaseTrust: createReleaseTrust(ports),
    followMesh: createFollowMesh(ports),
    verifyTraffic: createVerifyTraffic(ports),
  };
}
