import { endpointAddresses, endpointsCommand, withPaths } from '../../mesh/istio/pair-paths.ts';
import { CLIENT_POD, ECHO_POD, VERIFY_CONTAINER } from '../../mesh/istio/verify-objects.ts';
import type { VerifyPair } from '../../mesh/plan/verify-report.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { LimitedWait } from '../attempt/limited-wait.ts';
import type { RequestPlan } from './request-matrix.ts';

/** Pause between looks while a way contradicts the networks: a gateway that is new takes a push to be known. */
const LOOK_EVERY_MS = 500;

async function look(
  { clusters, namespace }: RequestPlan,
  networks: { [cluster: string]: string },
  pairs: VerifyPair[],
): Promise<VerifyPair[]> {
  const seen = await boundedParallel(clusters, async (cluster) => {
    const client = { namespace, name: CLIENT_POD, container: VERIFY_CONTAINER };
    const echo = { apiVersion: 'v1', kind: 'Pod', namespace, name: ECHO_POD };
    const [{ stdout }, pod] = await Promise.all([
      cluster.exec(client, endpointsCommand(namespace), { timeoutMs: 10_000 }),
      cluster.read(echo),
    ]);
    const ip = (pod as { status?: { podIP?: string } } | null)?.status?.podIP;
    return { name: cluster.name, endpoints: endpointAddresses(stdout), ip };
  });
  return withPaths(pairs, {
    networks,
    endpoints: Object.fromEntries(seen.map(({ name, endpoints }) => [name, endpoints])),
    pods: Object.fromEntries(
      seen.flatMap(({ name, ip }) => (ip === undefined ? [] : [[name, ip]])),
    ),
  });
}

/**
 * Finds out how the requests of a verification go, to pods themselves or through gateways, by asking the clients' own proxies. A pair whose
 * way still contradicts the networks at the deadline is not ok.
 */
export async function addPaths(
  wait: LimitedWait,
  plan: RequestPlan,
  networks: { [cluster: string]: string },
  pairs: VerifyPair[],
): Promise<VerifyPair[]> {
  for (;;) {
    const found = await look(plan, networks, pairs);
    const wrong = found.find((pair, index) => !pair.ok && pairs[index]?.ok === true);
    if (wrong === undefined || Date.now() >= plan.deadline) return found;
    wait.reason(wrong.reason);
    await wait.sleep(LOOK_EVERY_MS);
  }
}
