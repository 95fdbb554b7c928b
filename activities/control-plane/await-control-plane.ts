import { istiodName, REVISION_LABEL, revisionLabelValue } from '../../mesh/istio/istio-names.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { awaitInjector } from './injector-gate.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { deploymentOf } from '../objects/awaited-rollout.ts';
import { awaitRollout, explainRollout } from '../objects/rollout.ts';

/**
 * Makes `awaitControlPlane`: waits until istiod is rolled out and its injector answers; pods of gateways that come earlier are refused.
 *
 * Idempotent: it only reads, and creates pods as dry runs;
 * at first, pods that were refused are asked for by an annotation, which goes when they are there, and those in a back-off are replaced.
 * Heartbeats: every second, with the reason of istiod's pods or of the injector.
 * Fails with: RolloutFailed with the pods' reasons, WaitTimedOut, DeletedMeanwhile, and what requests fail with.
 */
export function createAwaitControlPlane(
  ports: StepPorts,
): (input: StepInputs['awaitControlPlane']) => Promise<StepOutcome> {
  return async ({ cluster: ref, namespace, revision, limitMs }) => {
    const cluster = await ports.clusters.open(ref);
    const deployment = istiodName(revision);
    const podSelector = `app=istiod,${REVISION_LABEL}=${revisionLabelValue(revision)}`;
    const rollout = { cluster, namespace, deployment, podSelector };
    const waitFor = {
      what: `Deployment ${namespace}/${deployment} and its injector`,
      cluster: cluster.name,
      limitMs,
      cure: `see what its pods say: kubectl --context ${ref.context} -n ${namespace} describe pods -l ${podSelector}; then retry`,
      made: { cluster, ref: deploymentOf(rollout) },
      explain: () => explainRollout(rollout),
    };
    await limitedWait(ports.scope(), waitFor, async (wait) => {
      await awaitRollout(wait, rollout);
      await awaitInjector(wait, cluster, namespace, revision);
    });
    return { changed: 0, summary: `${deployment} ready and injecting` };
  };
}
