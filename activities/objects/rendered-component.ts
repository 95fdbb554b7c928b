import type { JsonObject } from '../../mesh/json.ts';
import { cleanRendered } from '../../mesh/istio/clean-rendered.ts';
import {
  localInjectorOperator,
  primaryOperator,
  remoteOperator,
} from '../../mesh/istio/control-plane-operator.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ControlPlaneInput } from '../../mesh/plan/step-inputs.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** Renders an IstioOperator with the release's own istioctl, fit for server-side apply. */
export async function renderOperator(
  ports: StepPorts,
  istioVersion: string,
  operator: JsonObject,
): Promise<KubernetesObject[]> {
  return cleanRendered(await ports.renderer.render(istioVersion, operator));
}

/** Renders all objects of a primary. */
export function renderPrimary(
  ports: StepPorts,
  input: ControlPlaneInput,
): Promise<KubernetesObject[]> {
  return renderOperator(ports, input.istio.version, primaryOperator(input));
}

/** Renders all objects of a remote; those that need the discovery address are missing when it is null. */
export function renderRemote(
  ports: StepPorts,
  input: ControlPlaneInput,
  discoveryAddress: string | null,
): Promise<KubernetesObject[]> {
  return renderOperator(ports, input.istio.version, remoteOperator(input, discoveryAddress));
}

/** Renders all objects of a remote with an injector of its own. */
export function renderLocalInjector(
  ports: StepPorts,
  input: ControlPlaneInput,
  discoveryAddress: string,
): Promise<KubernetesObject[]> {
  return renderOperator(ports, input.istio.version, localInjectorOperator(input, discoveryAddress));
}
