import { isMeshFailure } from '../../mesh/failure.ts';
import { injectorProbePod, isInjected } from '../../mesh/istio/injector-probe.ts';
import type { LimitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';

/** Pause between probes; the answer is on the critical path of an install. */
const PROBE_EVERY_MS = 150;
/**
 * A probe through an address that drops packets hangs for the webhook's 10 s. A new one starts beside it after this long, so that such a
 * hang costs one second, not ten.
 */
const HEDGE_AFTER_MS = 1_000;
/** Probes under way at once at most. */
const MOST_PROBES = 10;

/**
 * Waits until the injector answers: until the dry run of a pod comes back with its proxy filled in. What keeps it from answering becomes
 * the wait's reason.
 */
export async function awaitInjector(
  wait: LimitedWait,
  cluster: Cluster,
  namespace: string,
  revision: string | null,
): Promise<void> {
  const pod = injectorProbePod(namespace, revision);
  let underWay = 0;
  let ended = false;
  const answered = new Promise<void>((resolve, reject) => {
    const probe = async (): Promise<void> => {
      underWay++;
      try {
        if (isInjected(await cluster.dryRunCreate(pod))) resolve();
        else if (!ended) wait.reason(`the injector of ${cluster.name} is not asked yet`);
      } catch (error) {
        if (!isMeshFailure(error)) reject(error as Error);
        else if (!ended) wait.failed(error, `the injector of ${cluster.name} does not answer`);
      } finally {
        underWay--;
      }
    };
    const probeAgainAndAgain = async (): Promise<void> => {
      while (!ended) {
        if (underWay < MOST_PROBES) void probe();
        const started = Date.now();
        do await wait.sleep(PROBE_EVERY_MS);
        while (!ended && underWay > 0 && Date.now() - started < HEDGE_AFTER_MS);
      }
    };
    probeAgainAndAgain().catch(reject);
  });
  try {
    await answered;
  } finally {
    ended = true;
  }
}
