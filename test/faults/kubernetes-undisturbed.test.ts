import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStepActivities } from '../../activities/step-activities.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { openKubectl } from '../support/kubectl.ts';
import { installPrimary, rendererOf } from '../support/primary-install.ts';
import { stateOfClusters } from '../support/state-digest/read-state.ts';
import { testClusters } from '../support/test-clusters.ts';

let first: KubeApiServer;
let second: KubeApiServer;
let istioctl: string;

beforeAll(async () => {
  istioctl = await resolvePart('istioctl', { env: process.env, onProgress: () => undefined });
  [first, second] = await Promise.all([startKubeApiServer(), startKubeApiServer()]);
});

afterAll(async () => {
  await Promise.all([first.stop(), second.stop()]);
});

/** Installs a primary and answers the digest after it. */
async function installed({ server, caPem, adminToken }: KubeApiServer): Promise<string> {
  const kubeconfig = writeKubeconfig([{ name: 'admin', server, caPem, token: adminToken }]);
  const clusters = testClusters(kubeconfig);
  const renderer = rendererOf(istioctl);
  await installPrimary(createStepActivities(fakePorts([], { clusters, renderer })));
  await clusters.close();
  const kubectl = await openKubectl(kubeconfig);
  return stateOfClusters(
    ['admin'],
    async (cluster, ...words) => (await kubectl(cluster, words)).output,
  );
}

test('two undisturbed installs have the same state digest, each with its own keys and versions', async () => {
  const [one, other] = [await installed(first), await installed(second)];
  expect(one.match(/^\S+ \w+ /gm)?.length).toBeGreaterThan(40);
  expect(one).toContain('Secret istio-system/cacerts');
  expect(other).toBe(one);
});
