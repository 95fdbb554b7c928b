import { MeshFailure } from '../mesh/failure.ts';
import { controlPlaneObjects } from '../mesh/istio/component-objects.ts';
import { isIpAddress, loadBalancerAddresses } from '../mesh/istio/gateway-address.ts';
import { EAST_WEST_GATEWAY, istiodName } from '../mesh/istio/istio-names.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import { applyComponent } from './apply-objects.ts';
import type { Cluster } from './ports/cluster.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { renderRemote } from './rendered-component.ts';

type Input = StepInputs['applyRemoteControlPlane'];

/** Address the remote's Service `istiod` leads to now; null when there is none. */
async function presentAddress(remote: Cluster, input: Input): Promise<string | null> {
  const { namespace, revision } = input.istio;
  const slice = await remote.read({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    name: istiodName(revision),
  });
  return (
    (slice as { endpoints?: { addresses?: string[] }[] } | null)?.endpoints?.[0]?.addresses?.[0] ??
    null
  );
}

/**
 * The IP at which the remote reaches its primary's istiod. A host name is resolved here: Istio's chart would make an ExternalName Service
 * of it, through which API servers cannot call the injector. One of several addresses that is in use already is kept.
 */
async function discoveryAddress(
  ports: StepPorts,
  remote: Cluster,
  primary: Cluster,
  input: Input,
): Promise<string> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    namespace: input.istio.namespace,
    name: EAST_WEST_GATEWAY,
  };
  const [gateway, present] = await Promise.all([
    primary.read(service),
    presentAddress(remote, input),
  ]);
  const addresses = loadBalancerAddresses(gateway);
  const object = `Service ${service.namespace}/${service.name}`;
  if (addresses.length === 0) {
    throw new MeshFailure(
      'WaitTimedOut',
      `the east-west gateway of ${primary.name} has no address any more`,
      {
        cluster: primary.name,
        object,
        cure: 'give its LoadBalancer an address, then retry',
      },
    );
  }
  const resolved = await Promise.all(
    addresses.map((address) =>
      isIpAddress(address) ? Promise.resolve([address]) : ports.hostResolver.resolve(address),
    ),
  );
  const usable = resolved.flat();
  const first = usable[0];
  if (first === undefined) {
    throw new MeshFailure(
      'WaitTimedOut',
      `the host name ${addresses.join(', ')} of the east-west gateway of ${primary.name} does not resolve on the worker`,
      {
        cluster: primary.name,
        object,
        cure: 'wait until its DNS entry is there, or let the worker use name servers that know it, then retry',
      },
    );
  }
  return present !== null && usable.includes(present) ? present : first;
}

/**
 * Makes `applyRemoteControlPlane`: injector webhook, Service `istiod` and its endpoint at the primary's east-west gateway, in a remote.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `control-plane`; the webhook's CA bundle is left to istiod.
 * Heartbeats: no; rendering and requests have their own limits.
 * Fails with: WaitTimedOut when the gateway has no usable address, ToolMissing, ToolFailed, FieldConflict, and what requests fail with.
 */
export function createApplyRemoteControlPlane(
  ports: StepPorts,
): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const [remote, primary] = await Promise.all([
      ports.clusters.open(input.cluster),
      ports.clusters.open(input.primary),
    ]);
    const address = await discoveryAddress(ports, remote, primary, input);
    const rendered = await renderRemote(ports, input, address);
    const component = { mesh: input.mesh, namespace: input.istio.namespace, name: 'control-plane' };
    const outcome = await applyComponent(remote, component, controlPlaneObjects(rendered));
    return { ...outcome, summary: `${outcome.summary}, istiod at ${address}` };
  };
}
