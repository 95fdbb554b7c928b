import { gatewayNames } from '../../mesh/istio/gateway-role.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { deploymentOf } from '../objects/awaited-rollout.ts';
import { awaitRollout, explainRollout } from '../objects/rollout.ts';

/**
 * Makes `awaitGateway`: waits until the pods of a gateway serve, the east-west one or one at the edge.
 *
 * Idempotent: it only reads;
 * at first, pods that were refused are asked for by an annotation, which goes when they are there, and those in a back-off are replaced.
 * Heartbeats: every second, with the reason of the gateway's pods.
 * Fails with: RolloutFailed with the pods' reasons, WaitTimedOut, DeletedMeanwhile, and what requests fail with.
 */
export function createAwaitGateway(
  ports: StepPorts,
): (input: StepInputs['awaitGateway']) => Promise<StepOutcome> {
  return async ({ cluster: ref, namespace, limitMs, role = null }) => {
    const { name, selector } = gatewayNames(role);
    const cluster = await ports.clusters.open(ref);
    const rollout = { cluster, namespace, deployment: name, podSelector: selector };
    const waitFor = {
      what: `pods of Deployment ${namespace}/${name}`,
      cluster: cluster.name,
      limitMs,
      cure: `see what they say: kubectl --context ${ref.context} -n ${namespace} describe pods -l ${selector}; then retry`,
      made: { cluster, ref: deploymentOf(rollout) },
      explain: () => explainRollout(rollout),
    };
    await limitedWait(ports.scope(), waitFor, (wait) => awaitRollout(wait, rollout));
    return { changed: 0, summary: `${role === null ? '' : `${role} `}gateway ready` };
  };
}
