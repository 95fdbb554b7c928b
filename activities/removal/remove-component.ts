import { isMeshFailure } from '../../mesh/failure.ts';
import { clusterOfRemoteSecret } from '../../mesh/plan/components.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import {
  awaitRegistry,
  registryStates,
  type RegistryLookup,
} from '../control-plane/istiod-registry.ts';
import { removeOrLeave } from './leave-behind.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { removeComponentObjects } from './remove-objects.ts';

type Input = StepInputs['removeComponent'];

/** How long istiod may take to forget a cluster; two seconds are usual. */
const FORGOTTEN_WITHIN_MS = 60_000;
/** How long an istiod that goes itself is waited for: it may never have come up. */
const GOING_WITHIN_MS = 15_000;
/** Proxies lose a cluster's endpoints with the next push, which istiod holds back for 100 ms, and for longer while much else changes. */
const PUSHED_WITHIN_MS = 3_000;

/** Waits until the primary's istiod knows the cluster no more and its proxies have heard of it, so that its gateway may go. */
async function awaitForgotten(ports: StepPorts, input: Input, cluster: string): Promise<void> {
  const { namespace, revision } = input;
  const primary = await ports.clusters.open(input.cluster);
  const registry: RegistryLookup = { namespace, revision, clusters: [cluster], wanted: 'absent' };
  const scope = ports.scope();
  const waitFor = {
    what: `istiod of ${primary.name} to forget ${cluster}`,
    cluster: primary.name,
    limitMs: input.insist === false ? GOING_WITHIN_MS : FORGOTTEN_WITHIN_MS,
    since: scope.now(),
    cure: `see what istiod says: kubectl --context ${input.cluster.context} -n ${namespace} logs -l app=istiod --tail=50; then retry`,
    explain: () => registryStates(primary, registry),
  };
  await limitedWait(scope, waitFor, async (wait) => {
    await awaitRegistry(wait, primary, registry);
    await wait.sleep(PUSHED_WITHIN_MS);
  });
}

/** Removes the component, and answers once nobody is sent any more to where it led. */
async function remove(ports: StepPorts, input: Input, reached: () => void): Promise<StepOutcome> {
  const { mesh, namespace, component, insist = true } = input;
  const cluster = await ports.clusters.open(input.cluster);
  const removed = await removeComponentObjects(cluster, { mesh, namespace, name: component });
  reached();
  const leaving = clusterOfRemoteSecret(component);
  try {
    if (leaving !== null) await awaitForgotten(ports, input, leaving);
  } catch (error) {
    if (insist || !isMeshFailure(error) || error.type !== 'WaitTimedOut') throw error;
  }
  return { changed: removed, summary: `${component}: ${removed} objects removed` };
}

/**
 * Makes `removeComponent`: takes away what a plan no longer has, e.g. the remote secret of a cluster that has left, or the gateways of a mesh
 * that has one network now.
 *
 * Idempotent: what is gone already is no error; the inventory goes last, so an attempt after a dead one finds what is left.
 * Heartbeats: every second.
 * Fails with: WaitTimedOut when istiod does not forget a cluster, and what requests fail with.
 */
export function createRemoveComponent(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return (input) => removeOrLeave(ports.scope(), input, (reached) => remove(ports, input, reached));
}
