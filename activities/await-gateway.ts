import { EAST_WEST_GATEWAY, EAST_WEST_GATEWAY_SELECTOR } from '../mesh/istio/istio-names.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import { limitedWait } from './limited-wait.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { awaitRollout, explainRollout } from './rollout.ts';

/**
 * Makes `awaitGateway`: waits until the pods of the east-west gateway serve.
 *
 * Idempotent: it only reads.
 * Heartbeats: every second, with the reason of the gateway's pods.
 * Fails with: RolloutFailed with the pods' reasons, WaitTimedOut, and what requests fail with.
 */
export function createAwaitGateway(
  ports: StepPorts,
): (input: StepInputs['awaitGateway']) => Promise<StepOutcome> {
  return async ({ cluster: ref, namespace, limitMs }) => {
    const cluster = await ports.clusters.open(ref);
    const rollout = {
      cluster,
      namespace,
      deployment: EAST_WEST_GATEWAY,
      podSelector: EAST_WEST_GATEWAY_SELECTOR,
    };
    const waitFor = {
      what: `pods of Deployment ${namespace}/${EAST_WEST_GATEWAY}`,
      cluster: cluster.name,
      limitMs,
      cure: `see what they say: kubectl --context ${ref.context} -n ${namespace} describe pods -l ${EAST_WEST_GATEWAY_SELECTOR}; then retry`,
      explain: () => explainRollout(rollout),
    };
    await limitedWait(ports.scope(), waitFor, (wait) => awaitRollout(wait, rollout));
    return { changed: 0, summary: 'gateway ready' };
  };
}
