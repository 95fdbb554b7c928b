import type { StepActivities } from '../contract/step-activities.ts';
import { createAwaitControlPlane } from './await-control-plane.ts';
import { createAwaitGateway } from './await-gateway.ts';
import { createApplyBase } from './base.ts';
import { createCreateCaSecret } from './ca-secret.ts';
import { createAwaitClusterSync } from './cluster-sync.ts';
import { createApplyControlPlane } from './control-plane.ts';
import { createApplyExport, createApplyImport } from './exports.ts';
import { createExposeControlPlane, createExposeServices } from './expose.ts';
import { createApplyDiscoveryService, createAwaitDiscoveryAddress } from './discovery-service.ts';
import { createApplyDefinitions } from './definitions.ts';
import { createApplyGateway } from './gateway.ts';
import { createFollowMesh } from './follow-mesh.ts';
import { createAwaitGatewayAddress } from './gateway-address.ts';
import { createAwaitMeshSync } from './mesh-sync.ts';
import { createPatchMeshNetworks } from './mesh-networks.ts';
import { planInstallStep } from './plan-install.ts';
import { planUndoStep } from './plan-undo.ts';
import { planUninstallStep } from './plan-uninstall.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { createPrecheck } from './precheck.ts';
import { createPrepareNamespace } from './prepare-namespace.ts';
import { createRecordMesh } from './record-mesh.ts';
import { createApplyRemoteControlPlane } from './remote-control-plane.ts';
import { createCreateRemoteSecret } from './remote-secret.ts';
import { createReleaseTrust } from './release-trust.ts';
import { createRemoveCluster } from './remove-cluster.ts';
import { createRemoveComponent } from './remove-component.ts';
import { createApplyResources } from './resources.ts';
import { createApplyStubServices } from './stub-services.ts';
import { createSurveyCluster } from './survey-cluster.ts';
import { createVerifyTraffic } from './verify-traffic.ts';

/** Makes the activity of every kind of step over the given ports. */
export function createStepActivities(ports: StepPorts): StepActivities {
  return {
    precheck: createPrecheck(ports),
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
