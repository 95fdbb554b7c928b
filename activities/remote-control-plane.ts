import { controlPlaneObjects } from '../mesh/istio/component-objects.ts';
import {
  isDiscoverySlice,
  RENDERED_ADDRESS,
  withSliceAddresses,
} from '../mesh/istio/discovery-slice.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import { applyComponent } from './apply-objects.ts';
import { discoveryAddresses } from './discovery-address.ts';
import { removeFormerEndpoints } from './former-endpoints.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { renderRemote } from './rendered-component.ts';

type Input = StepInputs['applyRemoteControlPlane'];

/**
 * Makes `applyRemoteControlPlane`: injector webhook, Service `istiod` and its endpoints at the primary's istiod, in a remote: behind the
 * east-west gateway, behind a LoadBalancer of its own, or the pods themselves.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `control-plane`; the webhook's CA bundle is left to istiod.
 * Heartbeats: no; rendering and requests have their own limits.
 * Fails with: WaitTimedOut when istiod has no usable address, ToolMissing, ToolFailed, FieldConflict, and what requests fail with.
 */
export function createApplyRemoteControlPlane(
  ports: StepPorts,
): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const { namespace, revision } = input.istio;
    const [remote, primary] = await Promise.all([
      ports.clusters.open(input.cluster),
      ports.clusters.open(input.primary),
    ]);
    const addresses = await discoveryAddresses(ports.hostResolver, primary, {
      namespace,
      revision,
      discovery: input.discovery ?? 'gateway',
    });
    const rendered = await renderRemote(ports, input, RENDERED_ADDRESS);
    const objects = controlPlaneObjects(rendered).map((object) =>
      isDiscoverySlice(object, revision) ? withSliceAddresses(object, addresses) : object,
    );
    await removeFormerEndpoints(remote, namespace, revision);
    const component = { mesh: input.mesh, namespace, name: 'control-plane' };
    const outcome = await applyComponent(remote, component, objects);
    return { ...outcome, summary: `${outcome.summary}, istiod at ${addresses.join(', ')}` };
  };
}
