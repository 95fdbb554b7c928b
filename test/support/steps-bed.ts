import { createStepActivities } from '../../activities/step-activities.ts';
import type { Cluster, Clusters } from '../../activities/ports/cluster.ts';
import type { StepPorts } from '../../activities/ports/step-ports.ts';
import type { StepActivities } from '../../contract/step-activities.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import { fakePorts } from './fake-ports.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-api-server.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { openKubectl } from './kubectl.ts';
import { rendererOf } from './primary-install.ts';
import { stateOfClusters } from './state-digest/read-state.ts';
import { testClusters } from './test-clusters.ts';

/** One real API server, the real activities over it, and a kubectl for what people and controllers do meanwhile. */
export type StepsBed = {
  /** The API server. */
  kube: KubeApiServer;
  /** Clusters of the contexts `admin` and `restricted`. */
  clusters: Clusters;
  /** The cluster as its administrator. */
  cluster: Cluster;
  /** The activities, all over the same ports. */
  steps: StepActivities;
  /** The activities over other ports, e.g. clusters that die. */
  stepsWith(more: Partial<StepPorts>): StepActivities;
  /** Runs kubectl as the administrator; `input` goes to its standard input. @throws {Error} with what it says when it fails */
  kubectl(words: readonly string[], input?: object): Promise<string>;
  /** The state digest of the cluster. */
  digest(): Promise<string>;
  /** Ends everything. */
  stop(): Promise<void>;
};

/** Starts an API server and makes the activities over it. */
export async function startStepsBed(
  start: () => Promise<KubeApiServer> = startKubeApiServer,
): Promise<StepsBed> {
  const istioctl = await resolvePart('istioctl', { env: process.env, onProgress: () => undefined });
  const kube = await start();
  const { server, caPem, adminToken, restrictedToken } = kube;
  const kubeconfig = writeKubeconfig([
    { name: 'admin', server, caPem, token: adminToken },
    { name: 'restricted', server, caPem, token: restrictedToken },
  ]);
  const clusters = testClusters(kubeconfig);
  const run = await openKubectl(kubeconfig);
  const ports = fakePorts([], { clusters, renderer: rendererOf(istioctl) });
  const kubectl = async (words: readonly string[], input?: object): Promise<string> => {
    const { code, output, complaint } = await run(
      'admin',
      words,
      input === undefined ? undefined : JSON.stringify(input),
    );
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${complaint}`);
    return output;
  };
  return {
    kube,
    clusters,
    cluster: await clusters.open({ name: 'cluster1', context: 'admin' }),
    steps: createStepActivities(ports),
    stepsWith: (more) => createStepActivities({ ...ports, ...more }),
    kubectl,
    digest: () => stateOfClusters(['admin'], (_, ...words) => kubectl(words)),
    stop: async () => {
      await clusters.close();
      await kube.stop();
    },
  };
}
