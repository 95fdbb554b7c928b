import { CLIENT_POD, requestCommand, VERIFY_CONTAINER } from '../mesh/istio/verify-objects.ts';
import {
  addRound,
  EMPTY_TALLY,
  isProof,
  pairsFrom,
  readAnswers,
  type TrafficTally,
} from '../mesh/istio/traffic-tally.ts';
import type { VerifyPair } from '../mesh/plan/verify-report.ts';
import type { LimitedWait } from './limited-wait.ts';
import type { Cluster } from './ports/cluster.ts';

/** What the requests are sent with. */
export type RequestPlan = {
  /** All clusters of the mesh. */
  clusters: Cluster[];
  /** Namespace of the verification. */
  namespace: string;
  /** Where the clients of each cluster send requests, by its name; answers come from any cluster. */
  urls: { [from: string]: string[] };
  /** Requests from each client at least. */
  requests: number;
  /** Time at which the last round begins, in milliseconds since the epoch. */
  deadline: number;
};

/** Requests sent by one exec. */
const ROUND = 10;
/** Limit of one exec: its requests have 3 s, side by side. */
const ROUND_LIMIT_MS = 20_000;
/** Pause between rounds while endpoints are still spreading. */
const PAUSE_MS = 200;

/** Sends requests from one cluster's client until every cluster has answered and none failed, or the time is up. */
async function tallyFrom(
  wait: LimitedWait,
  from: Cluster,
  plan: RequestPlan,
): Promise<TrafficTally> {
  const names = plan.clusters.map((cluster) => cluster.name);
  const pod = { namespace: plan.namespace, name: CLIENT_POD, container: VERIFY_CONTAINER };
  let tally = EMPTY_TALLY;
  for (;;) {
    const { stdout } = await from.exec(pod, requestCommand(plan.urls[from.name] ?? [], ROUND), {
      timeoutMs: ROUND_LIMIT_MS,
    });
    tally = addRound(tally, readAnswers(stdout, names));
    if (isProof(tally, names, plan.requests) || Date.now() >= plan.deadline) return tally;
    const open = pairsFrom(from.name, names, tally).find((pair) => !pair.ok);
    if (open === undefined) continue;
    wait.reason(`${from.name} to ${open.to}: ${open.reason ?? ''}`);
    await wait.sleep(PAUSE_MS);
  }
}

/** The whole matrix, rows in the order of the clusters; all clients send side by side. */
export async function requestMatrix(wait: LimitedWait, plan: RequestPlan): Promise<VerifyPair[]> {
  const names = plan.clusters.map((cluster) => cluster.name);
  const rows = await Promise.all(
    plan.clusters.map(async (from) =>
      pairsFrom(from.name, names, await tallyFrom(wait, from, plan)),
    ),
  );
  return rows.flat();
}
