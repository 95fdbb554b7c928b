import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { awaitCondition } from '../../sandbox/await-condition.ts';
import { parseFault } from '../../sandbox/parse-fault.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { bringUp } from '../../sandbox/up.ts';
import { openKubectl } from '../support/kubectl.ts';
import type { Kubectl } from '../support/kubectl.ts';

jest.setTimeout(300_000);

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let kubectl: Kubectl;

const workload = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: web
    image: meshwright.local/app:1
    imagePullPolicy: Never
    command: [sh, -c, 'mkdir -p /tmp/www; echo "from $CLUSTER" > /tmp/www/index.html; echo serving; exec httpd -f -p 8080 -h /tmp/www']
    env: [{name: CLUSTER, value: NAME}]
    readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;

beforeAll(async () => {
  ({ sandbox } = await bringUp({ clusters: 2, networks: 'separate', dir }, () => undefined));
  kubectl = await openKubectl(sandbox.kubeconfig);
  await Promise.all(
    ['cluster1', 'cluster2'].map(async (cluster) => {
      const applied = await kubectl(
        cluster,
        ['apply', '-f', '-'],
        workload.replace('NAME', cluster),
      );
      expect(applied.complaint).toBe('');
      await kubectl(cluster, ['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s']);
    }),
  );
});

afterEach(async () => {
  await fault('cluster1', 'clear');
  await fault('cluster2', 'clear');
  await awaitCondition(
    'API server back',
    async () => (await ask('cluster2', '/readyz')) === 'ok',
    60_000,
  );
});

afterAll(async () => {
  await sandbox.down();
});

const fault = (cluster: string, words: string, service?: string) =>
  sandbox.inject(cluster, parseFault(words.split(' '), service === undefined ? {} : { service }));

const ask = async (cluster: string, path: string) =>
  (await kubectl(cluster, ['get', '--raw', path])).output;

const fetchFrom = async (cluster: string, url: string) =>
  (await kubectl(cluster, ['exec', 'web', '--', 'curl', '-sS', '-m', '2', url])).output.trim();

const ingressOf = async (cluster: string) => {
  const found = await kubectl(cluster, ['get', 'service', 'web', '-o', 'json']);
  const service = JSON.parse(found.output) as {
    status: { loadBalancer: { ingress?: { ip?: string; hostname?: string }[] } };
  };
  return service.status.loadBalancer.ingress?.[0] ?? {};
};

const addressOf = async (cluster: string) => {
  await awaitCondition(
    'load balancer address',
    async () => (await ingressOf(cluster)).ip !== undefined,
    30_000,
  );
  return (await ingressOf(cluster)).ip ?? '';
};

const podAddressOf = async (cluster: string) =>
  (await kubectl(cluster, ['get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}'])).output;

const processOf = (program: string, mark: string): number => {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return (words.split('\0')[0] ?? '').endsWith(`/${program}`) && words.includes(mark);
    } catch {
      return false;
    }
  });
  return Number(found);
};

describe('a sandbox of two clusters on separate networks', () => {
  test('is reached from outside, exec and logs included', async () => {
    expect((await kubectl('cluster2', ['get', 'nodes', '-o', 'name'])).output).toBe(
      'node/cluster2-node\n',
    );
    expect((await kubectl('cluster1', ['logs', 'web'])).output).toBe('serving\n');
    expect((await kubectl('cluster1', ['exec', 'web', '--', 'echo', 'here'])).output).toBe(
      'here\n',
    );
    expect(statSync(sandbox.kubeconfig).mode & 0o777).toBe(0o600);
  });

  test('reports every cluster and process as running', async () => {
    const status = await sandbox.status();
    expect(status.clusters.map(({ name, network, state }) => [name, network, state])).toEqual([
      ['cluster1', 'network1', 'ready'],
      ['cluster2', 'network2', 'ready'],
    ]);
    expect(status.clusters[0]?.components.map(({ name }) => name).sort()).toEqual([
      'containerd',
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-proxy',
      'kube-scheduler',
      'kubelet',
    ]);
  });

  test('writes a mesh file whose API servers the other cluster can reach', async () => {
    const mesh = parse(readFileSync(sandbox.meshFile, 'utf8')) as {
      spec: { clusters: { name: string; apiServer: string }[] };
    };
    const apiServer = mesh.spec.clusters.find(({ name }) => name === 'cluster2')?.apiServer ?? '';
    const words = ['exec', 'web', '--', 'curl', '-sSk', '-m', '5', `${apiServer}/livez`];
    expect((await kubectl('cluster1', words)).output).toBe('ok');
  });

  test('carries pods to pods and to names inside a cluster', async () => {
    expect(await fetchFrom('cluster1', `http://${await podAddressOf('cluster1')}:8080/`)).toBe(
      'from cluster1',
    );
    expect(await fetchFrom('cluster1', 'http://web.default.svc.cluster.local/')).toBe(
      'from cluster1',
    );
  });

  test('keeps pods from reaching pods of the other network', async () => {
    const address = await podAddressOf('cluster2');
    const words = ['exec', 'web', '--', 'curl', '-sS', '-m', '2', `http://${address}:8080/`];
    const { code, complaint } = await kubectl('cluster1', words);
    expect(complaint).toContain('timed out');
    expect(code).not.toBe(0);
  });

  test('reaches a load balancer from both clusters', async () => {
    const address = await addressOf('cluster2');
    expect(address).toMatch(/^198\.18\.2\./);
    expect(await fetchFrom('cluster1', `http://${address}/`)).toBe('from cluster2');
    expect(await fetchFrom('cluster2', `http://${address}/`)).toBe('from cluster2');
  });

  test('says that it is running already, and refuses another shape in its place', async () => {
    const again = await bringUp({ clusters: 2, dir }, () => undefined);
    expect(again.alreadyRunning).toBe(true);
    await expect(bringUp({ clusters: 3, dir }, () => undefined)).rejects.toThrow('sandbox down');
  });

  test('starts a process again that died unasked, and says so', async () => {
    const deaths = async () => {
      const status = await sandbox.status();
      const found = status.clusters[0]?.components.find(({ name }) => name === 'kube-scheduler');
      return { state: found?.state, times: found?.unexpectedExits ?? 0 };
    };
    const before = await deaths();
    process.kill(processOf('kube-scheduler', `${dir}/clusters/cluster1/`), 'SIGKILL');
    await awaitCondition(
      'scheduler back',
      async () =>
        (await deaths()).times === before.times + 1 && (await deaths()).state === 'running',
      30_000,
    );
  });
});

describe('a fault', () => {
  const service = (name: string, verb: string) =>
    kubectl(
      'cluster2',
      verb === 'create'
        ? ['create', 'service', 'loadbalancer', name, '--tcp=80:8080']
        : ['delete', 'service', name],
    );
  const lineOf = async (name: string) =>
    (await sandbox.status()).clusters[1]?.loadBalancers.find(
      (line) => line.service === `default/${name}`,
    );

  test('lb-delay holds an address back, and ending it gives the address', async () => {
    await fault('cluster2', 'lb-delay 1h');
    await service('late', 'create');
    await awaitCondition('seen', async () => (await lineOf('late'))?.state === 'waiting', 10_000);
    await fault('cluster2', 'lb-delay 0');
    await awaitCondition('address', async () => (await lineOf('late'))?.state === 'ready', 10_000);
    await service('late', 'delete');
    await awaitCondition('released', async () => (await lineOf('late')) === undefined, 10_000);
  });

  test('lb-never gives no address and leaves the event a cloud would leave', async () => {
    await fault('cluster2', 'lb-never out of addresses');
    await service('never', 'create');
    const events = [
      'get',
      'events',
      '-o',
      'jsonpath={.items[?(@.involvedObject.name=="never")].message}',
    ];
    await awaitCondition(
      'event',
      async () => (await kubectl('cluster2', events)).output.includes('out of addresses'),
      10_000,
    );
    expect((await lineOf('never'))?.state).toBe('never');
    await service('never', 'delete');
  });

  test('lb-address change moves the Service and silences the old address', async () => {
    const before = await addressOf('cluster2');
    await fault('cluster2', 'lb-address change', 'default/web');
    await awaitCondition(
      'new address',
      async () => (await ingressOf('cluster2')).ip !== before,
      10_000,
    );
    const after = await addressOf('cluster2');
    expect(await fetchFrom('cluster1', `http://${after}/`)).toBe('from cluster2');
    expect(await fetchFrom('cluster1', `http://${before}/`)).toBe('');
  });

  test('lb-address dead keeps the status and drops packets, from its own cluster too', async () => {
    const address = await addressOf('cluster2');
    await fault('cluster2', 'lb-address dead', 'default/web');
    expect((await ingressOf('cluster2')).ip).toBe(address);
    expect(await fetchFrom('cluster1', `http://${address}/`)).toBe('');
    expect(await fetchFrom('cluster2', `http://${address}/`)).toBe('');
    await fault('cluster2', 'lb-address restore');
    expect(await fetchFrom('cluster1', `http://${address}/`)).toBe('from cluster2');
  });

  test('lb-hostname shows a name that pods and nodes resolve, with the answer that dns sets', async () => {
    await addressOf('cluster2');
    await fault('cluster2', 'lb-hostname gw2.lb.test', 'default/web');
    await awaitCondition(
      'hostname',
      async () => (await ingressOf('cluster2')).hostname === 'gw2.lb.test',
      10_000,
    );
    expect((await ingressOf('cluster2')).ip).toBeUndefined();
    expect(await fetchFrom('cluster1', 'http://gw2.lb.test/')).toBe('from cluster2');
    await fault('cluster2', 'dns gw2.lb.test nxdomain');
    await awaitCondition(
      'no name',
      async () => (await fetchFrom('cluster1', 'http://gw2.lb.test/')) === '',
      30_000,
    );
  });

  test('api stop makes the API server unreachable until api start', async () => {
    await fault('cluster2', 'api stop');
    const refused = await kubectl('cluster2', ['get', '--raw', '/readyz']);
    expect(refused.code).not.toBe(0);
    expect(await ask('cluster1', '/readyz')).toBe('ok');
    const stopped = await sandbox.status();
    expect(stopped.clusters[1]?.faults).toEqual(['api stop']);
    await fault('cluster2', 'api start');
    await awaitCondition('ready', async () => (await ask('cluster2', '/readyz')) === 'ok', 60_000);
  });

  test('api pause keeps connections open and answers nothing', async () => {
    await fault('cluster2', 'api pause');
    const words = ['get', '--raw', '/readyz', '--request-timeout=2s'];
    expect((await kubectl('cluster2', words)).code).not.toBe(0);
    await fault('cluster2', 'api resume');
    await awaitCondition('ready', async () => (await ask('cluster2', '/readyz')) === 'ok', 60_000);
  });

  test('the load balancer serves again after its API server was away', async () => {
    await fault('cluster2', 'api stop');
    await fault('cluster2', 'api start');
    await awaitCondition('ready', async () => (await ask('cluster2', '/readyz')) === 'ok', 60_000);
    await service('afterwards', 'create');
    await awaitCondition(
      'address',
      async () => (await lineOf('afterwards'))?.state === 'ready',
      30_000,
    );
    await service('afterwards', 'delete');
  });
});
