import { exportComponent, importComponent } from '../istio/export-names.ts';
import { gatewayComponent } from '../istio/gateway-role.ts';
import { STUB_COMPONENT } from '../istio/istio-names.ts';
import type { PlanStep } from './plan.ts';

/** A list of objects that are applied and pruned together, and the cluster that holds them; see the inventories in mesh/istio. */
export type PlannedComponent = {
  /** Cluster whose objects they are. */
  cluster: string;
  /** Name of the component, e.g. `control-plane`. */
  name: string;
};

/** Name of the component that holds a cluster's remote secret. */
export function remoteSecretComponent(cluster: string): string {
  return `remote-secret-${cluster}`;
}

/** The cluster that a component of that kind is about; null for any other component. */
export function clusterOfRemoteSecret(component: string): string | null {
  const prefix = remoteSecretComponent('');
  return component.startsWith(prefix) ? component.slice(prefix.length) : null;
}

/** The component that a step writes; null when it writes none. What no step of a plan writes any more is removed. */
export function componentOf(step: PlanStep): PlannedComponent | null {
  const of = (name: string): PlannedComponent | null =>
    step.cluster === null ? null : { cluster: step.cluster, name };
  switch (step.kind) {
    case 'applyBase':
      return of('base');
    case 'applyDefinitions':
      return of('definitions');
    case 'applyControlPlane':
    case 'applyRemoteControlPlane':
      return of('control-plane');
    case 'applyResources':
      return of('resources');
    case 'applyGateway':
      return of(gatewayComponent(step.input.role ?? null, step.input.part));
    case 'applyDiscoveryService':
      return of('discovery-service');
    case 'exposeControlPlane':
      return of('expose-control-plane');
    case 'exposeServices':
      return of('expose-services');
    case 'applyStubServices':
      return of(STUB_COMPONENT);
    case 'applyExport':
      return of(exportComponent(step.input.service));
    case 'applyImport':
      return of(importComponent(step.input.service));
    case 'createRemoteSecret':
      return {
        cluster: step.input.primary.name,
        name: remoteSecretComponent(step.input.remote.name),
      };
    default:
      return null;
  }
}
