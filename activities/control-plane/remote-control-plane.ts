import { controlPlaneObjects } from '../../mesh/istio/component-objects.ts';
import {
  isDiscoverySlice,
  RENDERED_ADDRESS,
  withSliceAddresses,
} from '../../mesh/istio/discovery-slice.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import { discoveryAddresses, discoveryHost, type DiscoveryLookup } from './discovery-address.ts';
import { removeFormerEndpoints } from '../discovery/former-endpoints.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { renderLocalInjector, renderRemote } from '../objects/rendered-component.ts';

type Input = StepInputs['applyRemoteControlPlane'];

/** The objects of a remote, and where its istiod is then found. */
type Rendered = { objects: KubernetesObject[]; addresses: string[] };

/** Whoever calls istiod through a local injector's Service is a sidecar, which a host name is good enough for: it is not resolved here. */
async function renderByHost(ports: StepPorts, input: Input, host: string): Promise<Rendered> {
  const objects = controlPlaneObjects(await renderLocalInjector(ports, input, host));
  return { objects, addresses: [host] };
}

async function renderByAddresses(
  ports: StepPorts,
  input: Input,
  primary: Cluster,
  lookup: DiscoveryLookup,
): Promise<Rendered> {
  const { injector = 'primary' } = input;
  const addresses = await discoveryAddresses(ports.hostResolver, primary, lookup);
  const render = injector === 'local' ? renderLocalInjector : renderRemote;
  const objects = controlPlaneObjects(await render(ports, input, RENDERED_ADDRESS)).map((object) =>
    isDiscoverySlice(object, lookup.revision, injector)
      ? withSliceAddresses(object, addresses)
      : object,
  );
  return { objects, addresses };
}

/**
 * Makes `applyRemoteControlPlane`: injector webhook, Service `istiod` and its endpoints at the primary's istiod, in a remote: behind the
 * east-west gateway, behind a LoadBalancer of its own, or the pods themselves. With a local injector Service `istiod` is that of an istiod in the
 * remote, and `istiod-remote` leads to the primary's. Endpoints that one of the two forms leaves on the other's Service are taken away.
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
    const lookup = { namespace, revision, discovery: input.discovery ?? 'gateway' };
    const isLocal = input.injector === 'local';
    const host = isLocal ? await discoveryHost(primary, lookup) : null;
    const { objects, addresses } =
      host === null
        ? await renderByAddresses(ports, input, primary, lookup)
        : await renderByHost(ports, input, host);
    if (!isLocal) await removeFormerEndpoints(remote, namespace, revision);
    const component = { mesh: input.mesh, namespace, name: 'control-plane' };
    const outcome = await applyComponent(remote, component, objects);
    return { ...outcome, summary: `${outcome.summary}, istiod at ${addresses.join(', ')}` };
  };
}
