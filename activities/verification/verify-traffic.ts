import { VERIFIED_CONFIG_MAP, verifiedRecord } from '../../mesh/istio/verified-record.ts';
import { echoUrl } from '../../mesh/istio/verify-objects.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { VerifyPair } from '../../mesh/plan/verify-report.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import { addPaths } from './pair-paths.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { requestMatrix } from './request-matrix.ts';
import { exportEchoes } from '../exports/verify-exports.ts';
import {
  awaitGone,
  newVerifyNamespace,
  removeNamespaces,
  removeStaleNamespaces,
  startWorkloads,
  verifyRun,
} from './verify-workloads.ts';

type Input = StepInputs['verifyTraffic'];

/** Time for requests when the pods were ready only near the end of the limit. */
const LEAST_REQUESTS_MS = 20_000;

async function measure(
  ports: StepPorts,
  clusters: Cluster[],
  namespace: string,
  input: Input,
): Promise<VerifyPair[]> {
  const scope = ports.scope();
  const run = verifyRun(scope.scheduledAt);
  const waitFor = {
    what: 'pods for the verification and their answers',
    cluster: null,
    // The requests end by their own deadline with a matrix that says what is wrong; this limit is for the pods.
    limitMs: input.limitMs + LEAST_REQUESTS_MS * 3,
    cure: 'see what the pods say, then retry',
  };
  return limitedWait(scope, waitFor, async (wait) => {
    await boundedParallel(clusters, (cluster) =>
      removeStaleNamespaces(cluster, input.mesh, run, scope.now()),
    );
    await boundedParallel(clusters, (cluster) =>
      startWorkloads(wait, cluster, namespace, run, input),
    );
    const deadline = Math.max(
      Date.parse(scope.scheduledAt) + input.limitMs,
      Date.now() + LEAST_REQUESTS_MS,
    );
    const names = clusters.map(({ name }) => name);
    const calls =
      input.replicated === true
        ? await exportEchoes(clusters, namespace, input.namespace)
        : Object.fromEntries(names.map((name) => [name, [{ url: echoUrl(namespace), to: names }]]));
    const plan = { clusters, namespace, calls, requests: input.requests, deadline };
    const pairs = await requestMatrix(wait, plan);
    return input.networks === undefined ? pairs : addPaths(wait, plan, input.networks, pairs);
  });
}

async function forgetVerified(clusters: Cluster[], namespace: string): Promise<void> {
  const record = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: VERIFIED_CONFIG_MAP };
  await boundedParallel(clusters, (cluster) => cluster.remove(record));
}

/**
 * Makes `verifyTraffic`: real requests from a pod of every cluster to a Service that pods of every cluster answer, each with its
 * cluster's name.
 *
 * Idempotent: every attempt has a namespace of its own, removed in every case; what a dead attempt left, the next one removes.
 * Heartbeats: every second, with the pods' reasons or the pair that does not answer.
 * Fails with: RolloutFailed or WaitTimedOut when the pods do not come up, and what requests fail with. A pair that does not answer is no
 * failure here: it is in the outcome's `pairs`.
 */
export function createVerifyTraffic(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const clusters = await boundedParallel(input.clusters, (ref) => ports.clusters.open(ref));
    const recording = await boundedParallel(input.recordIn, (ref) => ports.clusters.open(ref));
    // What was true before this verification is in doubt until it has ended well, whatever ends it.
    await forgetVerified(recording, input.namespace);
    const namespace = newVerifyNamespace(input.mesh);
    let pairs: VerifyPair[];
    try {
      pairs = await measure(ports, clusters, namespace, input);
    } catch (error) {
      await removeNamespaces(clusters, namespace);
      throw error;
    }
    const left = await removeNamespaces(clusters, namespace);
    if (left !== null) throw left;
    await awaitGone(ports.scope(), clusters, namespace);
    const bad = pairs.filter((pair) => !pair.ok).length;
    if (bad > 0) {
      await forgetVerified(clusters, input.namespace);
      return { changed: 0, summary: `${bad} of ${pairs.length} pairs do not answer`, pairs };
    }
    await boundedParallel(recording, (cluster) =>
      cluster.apply(verifiedRecord(input.mesh, input.namespace, input.specDigest)),
    );
    return { changed: 0, summary: `all ${pairs.length} pairs answer`, pairs };
  };
}
