import { CLIENT_POD, requestCommand, VERIFY_CONTAINER } from '../../mesh/istio/verify-objects.ts';
import {
  addRound,
  EMPTY_TALLY,
  isProof,
  pairsFrom,
  readAnswers,
  type TrafficTally,
} from '../../mesh/istio/traffic-tally.ts';
import type { VerifyPair } from '../../mesh/plan/verify-report.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { LimitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';

/** An echo that a client calls. */
export type EchoCall = {
  /** Where it is called. */
  url: string;
  /** Clusters that must answer there; an answer of any other is an error. */
  to: string[];
};

/** What the requests are sent with. */
export type RequestPlan = {
  /** All clusters of the mesh. */
  clusters: Cluster[];
  /** Namespace of the verification. */
  namespace: string;
  /** What the clients of each cluster call, by its name. */
  calls: { [from: string]: EchoCall[] };
  /** Requests from each client at least. */
  requests: number;
  /** Time at which the last round begins, in milliseconds since the epoch. */
  deadline: number;
};

/** Requests sent by one exec. */
const ROUND = 10;
/** Limit of one exec: its requests have 3 s, side by side. */
const ROUND_LIMIT_MS = 20_000;
/** Echoes that one client calls at once; each call is a process in its container, with ten requests. */
const CALLS_AT_ONCE = 8;
/** Pause between rounds while endpoints are still spreading. */
const PAUSE_MS = 200;

/** Sends requests from one cluster's client until every cluster that must has answered and none failed, or the time is up. */
async function tallyOf(
  wait: LimitedWait,
  from: Cluster,
  { url, to }: EchoCall,
  plan: RequestPlan & { each: number },
): Promise<TrafficTally> {
  const pod = { namespace: plan.namespace, name: CLIENT_POD, container: VERIFY_CONTAINER };
  let tally = EMPTY_TALLY;
  for (;;) {
    const { stdout } = await from.exec(pod, requestCommand(url, ROUND), {
      timeoutMs: ROUND_LIMIT_MS,
    });
    tally = addRound(tally, readAnswers(stdout, to));
    if (isProof(tally, to, plan.each) || Date.now() >= plan.deadline) return tally;
    const open = pairsFrom(from.name, to, tally).find((pair) => !pair.ok);
    if (open === undefined) continue;
    wait.reason(`${from.name} to ${open.to}: ${open.reason ?? ''}`);
    await wait.sleep(PAUSE_MS);
  }
}

/** The whole matrix, rows in the order of the clusters; all clients send side by side, and each calls its echoes side by side. */
export async function requestMatrix(wait: LimitedWait, plan: RequestPlan): Promise<VerifyPair[]> {
  const rows = await Promise.all(
    plan.clusters.map(async (from) => {
      const calls = plan.calls[from.name] ?? [];
      const each = Math.ceil(plan.requests / calls.length);
      const answered = await boundedParallel(
        calls,
        async (call) =>
          pairsFrom(from.name, call.to, await tallyOf(wait, from, call, { ...plan, each })),
        CALLS_AT_ONCE,
      );
      return answered.flat();
    }),
  );
  return rows.flat();
}
