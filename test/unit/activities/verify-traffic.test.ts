import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createVerifyTraffic } from '../../../activities/verification/verify-traffic.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import type { StepInputs } from '../../../mesh/plan/step-inputs.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts, fakeScope } from '../../support/fake-ports.ts';

const refs = ['cluster1', 'cluster2'].map((name) => ({ name, context: name }));
const input: StepInputs['verifyTraffic'] = {
  mesh: 'prod',
  clusters: refs,
  namespace: 'istio-system',
  revision: null,
  image: 'busybox:1.37',
  requests: 20,
  limitMs: 60_000,
  specDigest: 'digest-1',
  recordIn: refs,
};
const record = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'istio-system',
  name: 'meshwright-verified',
};

/** A cluster in which istiod writes its root into new namespaces and pods get ready, and clients are answered as told. */
function liveCluster(name: string, answers: string[]): FakeCluster {
  const cluster = fakeCluster(name);
  cluster.onRequest = (verb, ref) => {
    const pod = verb === 'patch' ? /^Pod (\S+)\/(\S+)$/.exec(ref) : null;
    if (pod !== null) {
      setTimeout(() => {
        const podRef = {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: pod[1] ?? '',
          name: pod[2] ?? '',
        };
        cluster.update('kubelet', podRef, (object) => ({
          ...object,
          status: { conditions: [{ type: 'Ready', status: 'True' }] },
        }));
      }, 100);
    }
    const space = verb === 'patch' ? /^Namespace (\S+)$/.exec(ref)?.[1] : undefined;
    if (space !== undefined) {
      setTimeout(() => {
        const root = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: space,
          name: 'istio-ca-root-cert',
        };
        cluster.update('pilot-discovery', root, (object) => ({
          ...object,
          data: { 'root-cert.pem': 'X' },
        }));
      }, 100);
    }
  };
  let sent = 0;
  cluster.onExec = () => {
    const lines = Array.from({ length: 10 }, () => `0 ${answers[sent++ % answers.length] ?? ''}`);
    return { stdout: lines.join('\n'), stderr: '', exitCode: 0 };
  };
  return cluster;
}

async function run(
  clusters: FakeCluster[],
  forMs = 5_000,
  scope = fakeScope(),
): Promise<StepOutcome> {
  const outcome = createVerifyTraffic(fakePorts(clusters, { scope: () => scope }))(input);
  outcome.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(forMs);
  return outcome;
}

const namespacesOf = (cluster: FakeCluster): string[] =>
  cluster.all().flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name] : []));

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the verification', () => {
  test('takes back an earlier proof before it measures, so that one that dies or fails leaves none', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1', 'cluster2']));
    await run(clusters);
    for (const cluster of clusters) {
      expect(await cluster.read(record)).not.toBeNull();
      cluster.onExec = () => {
        throw new MeshFailure('ClusterUnreachable', 'its API server is gone');
      };
    }
    const dying = createVerifyTraffic(fakePorts(clusters, { scope: () => fakeScope() }))(input);
    dying.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(2_000);
    for (const cluster of clusters) expect(await cluster.read(record)).toBeNull();
  });

  test('ends only when its namespaces are gone, which finalizers may delay', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1', 'cluster2']));
    const [first] = clusters;
    const remove = first?.remove.bind(first);
    if (first === undefined || remove === undefined) throw new Error('no cluster');
    let gone = false;
    first.remove = async (ref, options) => {
      if (ref.kind !== 'Namespace') return remove(ref, options);
      setTimeout(() => {
        gone = true;
        void remove(ref, options);
      }, 7_000);
      return true;
    };
    const ended = jest.fn(() => expect(gone).toBe(true));
    const outcome = run(clusters, 20_000).then(ended);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(ended).not.toHaveBeenCalled();
    await outcome;
    expect(ended).toHaveBeenCalled();
  });

  test('proves every pair, removes its namespace and records what it proved', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1', 'cluster2']));
    const outcome = await run(clusters);
    expect(outcome.summary).toBe('all 4 pairs answer');
    expect(outcome.pairs).toEqual(
      refs.flatMap(({ name: from }) =>
        refs.map(({ name: to }) => ({
          from,
          to,
          ok: true,
          requests: 20,
          answers: 10,
          reason: null,
        })),
      ),
    );
    for (const cluster of clusters) {
      expect(namespacesOf(cluster)).toEqual([]);
      expect(await cluster.read(record)).toMatchObject({ data: { specDigest: 'digest-1' } });
    }
  });

  test('does not take an answer that is always local for success, whatever its status', async () => {
    const clusters = [
      liveCluster('cluster1', ['cluster1']),
      liveCluster('cluster2', ['cluster1', 'cluster2']),
    ];
    const outcome = await run(clusters, 90_000);
    expect(outcome.pairs?.filter(({ ok }) => !ok)).toMatchObject([
      {
        from: 'cluster1',
        to: 'cluster2',
        answers: 0,
        reason: expect.stringContaining('only cluster1 answered'),
      },
    ]);
    expect(await clusters[0]?.read(record)).toBeNull();
    expect(clusters.flatMap(namespacesOf)).toEqual([]);
  });

  test('of a replicated mesh exports an echo to each other cluster, and blames the one pair that does not answer', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, [name]));
    for (const cluster of clusters) {
      const gateway = {
        apiVersion: 'v1',
        kind: 'Service',
        namespace: 'istio-system',
        name: 'istio-eastwestgateway',
      };
      cluster.update('load-balancer', gateway, (object) => ({
        ...object,
        status: { loadBalancer: { ingress: [{ ip: '198.18.0.1' }] } },
      }));
      // cluster2 answers cluster1; what leads the other way is led astray, to cluster2 itself
      cluster.onExec = (_, command) => {
        const isExport = command.join(' ').includes('.global/');
        const answer = cluster.name === 'cluster1' && !isExport ? 'cluster1' : 'cluster2';
        return { stdout: `0 ${answer}\n`.repeat(10), stderr: '', exitCode: 0 };
      };
    }
    const outcome = createVerifyTraffic(fakePorts(clusters, { scope: () => fakeScope() }))({
      ...input,
      replicated: true,
    });
    await jest.advanceTimersByTimeAsync(2_000);
    const made = clusters.flatMap((cluster) =>
      cluster.all().map(({ kind, metadata }) => `${cluster.name} ${kind} ${metadata.name}`),
    );
    expect(made).toEqual(
      expect.arrayContaining([
        'cluster1 Gateway echo',
        'cluster1 ServiceEntry echo-cluster2',
        'cluster2 DestinationRule echo-cluster1',
      ]),
    );
    await jest.advanceTimersByTimeAsync(90_000);
    expect((await outcome).pairs).toMatchObject([
      { from: 'cluster1', to: 'cluster1', ok: true },
      { from: 'cluster1', to: 'cluster2', ok: true },
      { from: 'cluster2', to: 'cluster1', ok: false, reason: '10 of 10 requests failed: cluster2' },
      { from: 'cluster2', to: 'cluster2', ok: true },
    ]);
  });

  test('waits for endpoints that are still spreading', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1']));
    const scope = fakeScope();
    setTimeout(() => {
      for (const cluster of clusters)
        cluster.onExec = () => ({
          stdout: '0 cluster1\n0 cluster2\n'.repeat(5),
          stderr: '',
          exitCode: 0,
        });
    }, 3_000);
    expect(await run(clusters, 10_000, scope)).toMatchObject({ summary: 'all 4 pairs answer' });
    expect(scope.reported.map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining('cluster1 to cluster2: only cluster1 answered'),
    );
  });

  test('removes its namespace when it fails, and when it is cancelled', async () => {
    for (const end of ['fail', 'cancel']) {
      const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1', 'cluster2']));
      const scope = fakeScope();
      for (const cluster of clusters) {
        cluster.onExec = () => {
          if (end === 'cancel') scope.cancel();
          throw new MeshFailure('ClusterUnreachable', 'gone');
        };
      }
      await expect(run(clusters, 5_000, scope)).rejects.toThrow();
      expect(clusters.flatMap(namespacesOf)).toEqual([]);
    }
  });

  test('removes what a dead attempt of the same run has left, and leaves other runs alone', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1', 'cluster2']));
    const scope = fakeScope();
    const mine = Date.parse(scope.scheduledAt).toString(36);
    for (const [name, runLabel] of [
      ['left-behind', mine],
      ['other-run', 'zzz'],
    ] as const) {
      clusters[0]?.update(
        'meshwright',
        { apiVersion: 'v1', kind: 'Namespace', name },
        (object) => ({
          ...object,
          metadata: {
            ...object.metadata,
            labels: { 'meshwright.dev/mesh': 'prod', 'meshwright.dev/verify-run': runLabel },
          },
        }),
      );
    }
    await run(clusters, 5_000, scope);
    expect(clusters.flatMap(namespacesOf)).toEqual(['other-run']);
  });

  test('says which pod does not come up and why', async () => {
    const clusters = refs.map(({ name }) => liveCluster(name, ['cluster1', 'cluster2']));
    const [first] = clusters as [FakeCluster];
    const { onRequest } = first;
    const namespace = { name: '' };
    first.onRequest = (verb, ref) => {
      const pod = /^Pod (\S+)\/echo$/.exec(ref);
      if (verb !== 'patch' || pod === null) return onRequest(verb, ref);
      namespace.name = pod[1] ?? '';
    };
    const fail = setInterval(() => {
      if (namespace.name === '') return;
      first.update(
        'kubelet',
        { apiVersion: 'v1', kind: 'Pod', namespace: namespace.name, name: 'echo' },
        (pod) => ({
          ...pod,
          status: {
            containerStatuses: [
              {
                name: 'app',
                state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
              },
            ],
          },
        }),
      );
    }, 5_000);
    await expect(run(clusters, 50_000)).rejects.toMatchObject({
      type: 'RolloutFailed',
      message: expect.stringContaining('no such image'),
    });
    clearInterval(fail);
    expect(clusters.flatMap(namespacesOf)).toEqual([]);
  });
});
