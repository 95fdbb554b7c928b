import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VerifyReport } from '../../mesh/plan/verify-report.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { shapeClusters } from '../support/shape-a-mesh.ts';

const IMAGE = 'meshwright.local/app:1';

/** A pod that answers with its name and version, or only sends requests. */
function pod(name: string, app: string, version: string): string {
  return `
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}}
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${app}, version: ${version}}}
spec:
  serviceAccountName: ${name}
  terminationGracePeriodSeconds: 0
  containers:
    - name: app
      image: ${IMAGE}
      ports: [{name: web, containerPort: 8080}]
      command: [sh, -c, "echo ${app} ${version} > /www/index.html && exec httpd -f -p 8080 -h /www"]
      volumeMounts: [{name: www, mountPath: /www}]
  volumes: [{name: www, emptyDir: {}}]
---`;
}

function service(name: string): string {
  return `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${name}}
  ports:
    - {name: http, port: 8000, targetPort: 8080}
    - {name: web, port: 9000, targetPort: web}
    - {name: tcp-web, port: 9001, targetPort: web}
---`;
}

const OWNER = `${pod('httpbin-v1', 'httpbin', 'v1')}${pod('httpbin-v2', 'httpbin', 'v2')}${service('httpbin')}
${pod('orders', 'orders', 'v1')}${service('orders')}${pod('secret', 'secret', 'v1')}${service('secret')}
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: orders}
spec:
  selector: {matchLabels: {app: orders}}
  rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/caller]}}]}]
`;
const CALLER = `${pod('caller', 'caller', 'v1')}${pod('stranger', 'stranger', 'v1')}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin}
spec:
  hosts: [httpbin.bar.global]
  http:
    - match: [{headers: {x-version: {exact: v1}}}]
      route: [{destination: {host: httpbin.bar.global, subset: v1}}]
    - match: [{headers: {x-version: {exact: v2}}}]
      route: [{destination: {host: httpbin.bar.global, subset: v2}}]
    - route: [{destination: {host: httpbin.bar.global}}]
`;
/** What somebody of cluster1 would write who wants a service that is not exported, and knows its name. */
const BURGLAR = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: burglar}
spec:
  hosts: [secret.bar.global]
  addresses: [240.9.9.9]
  location: MESH_INTERNAL
  ports: [{name: http, number: 8000, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: GATEWAY, ports: {http: 15443}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: burglar}
spec:
  host: secret.bar.global
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: outbound_.8000_._.secret.bar.svc.cluster.local}}
`;

const HTTPBIN = {
  cluster: 'cluster2',
  namespace: 'bar',
  service: 'httpbin',
  subsets: { v1: { version: 'v1' }, v2: { version: 'v2' } },
};
const ORDERS = {
  cluster: 'cluster2',
  namespace: 'bar',
  service: 'orders',
  through: 'egressGateway',
  address: '240.0.0.2',
};

// In whichever order they run: every test brings the mesh to the exports that it looks at.
describe('two control planes that know nothing of each other, under a revision', () => {
  let rig: MeshRig;

  beforeAll(async () => {
    rig = await raiseMeshRig({ gateways: 'discovered' });
    await install([]);
    for (const [cluster, namespace, objects] of [
      ['cluster1', 'foo', CALLER],
      ['cluster2', 'bar', OWNER],
    ] as const) {
      await rig.kubectl(cluster, 'create', 'namespace', namespace);
      await rig.kubectl(cluster, 'label', 'namespace', namespace, 'istio.io/rev=canary');
      await apply(cluster, namespace, objects);
      await rig.kubectl(
        cluster,
        ...['wait', 'pods', '--all', '-n', namespace, '--for=condition=Ready', '--timeout=55s'],
      );
    }
  }, 600_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  async function apply(cluster: string, namespace: string, text: string): Promise<void> {
    const file = join(rig.dir, `${namespace}.yaml`);
    writeFileSync(file, text);
    await rig.kubectl(cluster, 'apply', '-n', namespace, '-f', file);
  }

  function meshWith(exports: object[]): string {
    return rig.editMesh((mesh) => {
      shapeClusters(mesh, {
        cluster1: { controlPlane: 'primary' },
        cluster2: { controlPlane: 'primary' },
      });
      mesh.setIn(['spec', 'clusters', 0, 'gateways'], ['egress']);
      mesh.setIn(['spec', 'istio', 'revision'], 'canary');
      mesh.setIn(['spec', 'topology'], 'replicated');
      mesh.setIn(['spec', 'exports'], mesh.createNode(exports));
    });
  }

  async function install(exports: object[]): Promise<string> {
    const file = meshWith(exports);
    const { exitCode, stderr } = await rig.meshwright('install', '-f', file, '--yes');
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    return file;
  }

  /** One request of a pod in cluster1: what was answered, else the status of the answer or the exit code of curl. */
  async function call(from: string, url: string, ...more: string[]): Promise<string> {
    const script = `curl -s -m 5 -w ' %{http_code}' ${more.join(' ')} http://${url}/ || echo exit $?`;
    const words = ['exec', '-n', 'foo', from, '-c', 'app', '--', 'sh', '-c', script];
    return (await rig.kubectl('cluster1', ...words)).trim().replaceAll(/\s+/g, ' ');
  }

  /** Asks until the answer is as wanted: a proxy hears of a change a moment after it was written. */
  async function expectAnswer(wanted: RegExp, ask: () => Promise<string>): Promise<void> {
    let answer = await ask();
    for (const until = Date.now() + 60_000; !wanted.test(answer) && Date.now() < until;)
      answer = await ask();
    expect(answer).toMatch(wanted);
  }

  test('answer from each to each while their echoes are exported for a verification', async () => {
    await install([HTTPBIN]);
    const { stdout } = await rig.meshwright('verify', 'sandbox', '-o', 'json');
    const { ok, pairs } = JSON.parse(stdout) as VerifyReport;
    expect(pairs.map(({ from, to, ok: answers }) => [from, to, answers])).toEqual([
      ['cluster1', 'cluster1', true],
      ['cluster1', 'cluster2', true],
      ['cluster2', 'cluster1', true],
      ['cluster2', 'cluster2', true],
    ]);
    expect(ok).toBe(true);
    expect(await rig.kubectl('cluster1', 'get', 'secrets', '-A')).not.toContain('remote-secret');
  }, 300_000);

  test('let an exported service be called by its .global name, and a version of it be chosen', async () => {
    await install([HTTPBIN, ORDERS]);
    const ask = (version: string) => () =>
      call('caller', 'httpbin.bar.global:8000', '-H', `'x-version: ${version}'`);
    // HTTP, what the sidecar finds out, and plain TCP
    for (const port of [8000, 9000, 9001])
      await expectAnswer(/^httpbin v\d 200$/, () => call('caller', `httpbin.bar.global:${port}`));
    for (const version of ['v1', 'v2']) {
      await expectAnswer(new RegExp(`^httpbin ${version} 200$`), ask(version));
      const answers = await Promise.all(Array.from({ length: 10 }, ask(version)));
      expect(new Set(answers)).toEqual(new Set([`httpbin ${version} 200`]));
    }
  }, 300_000);

  test('show the owner who calls, also through the egress gateway of the caller’s cluster', async () => {
    await install([HTTPBIN, ORDERS]);
    const url = 'orders.bar.global:8000';
    await expectAnswer(/^orders v1 200$/, () => call('caller', url));
    await expectAnswer(/403$/, () => call('stranger', url));
    const egress = await rig.kubectl(
      'cluster1',
      ...['exec', '-n', 'istio-system', 'deploy/istio-egressgateway', '--'],
      ...['pilot-agent', 'request', 'GET', 'clusters'],
    );
    const used =
      /^outbound_\.8000_\._\.orders\.bar\.svc\.cluster\.local::198\.18\.2\.\d+:15443::cx_total::([1-9]\d*)$/m;
    expect(egress).toMatch(used);
    const caller = await rig.kubectl(
      'cluster1',
      ...['exec', '-n', 'foo', 'caller', '-c', 'istio-proxy', '--'],
      ...['pilot-agent', 'request', 'GET', 'clusters'],
    );
    const known = caller.split('\n').filter((line) => line.includes('orders.bar'));
    expect(known.length).toBeGreaterThan(0);
    expect(known.filter((line) => line.includes('198.18.2.'))).toEqual([]);
  }, 300_000);

  test('let a version be chosen through the egress gateway too', async () => {
    await install([{ ...HTTPBIN, through: 'egressGateway' }]);
    const clusters = async (): Promise<string> =>
      rig.kubectl(
        'cluster1',
        ...['exec', '-n', 'foo', 'caller', '-c', 'istio-proxy', '--'],
        ...['pilot-agent', 'request', 'GET', 'clusters'],
      );
    // callers forget the owner's gateway: nothing passes the egress gateway by
    await expectAnswer(/^0$/, async () => {
      const known = (await clusters()).split('\n').filter((line) => line.includes('httpbin.bar'));
      expect(known.length).toBeGreaterThan(0);
      return String(known.filter((line) => line.includes('198.18.2.')).length);
    });
    for (const version of ['v1', 'v2']) {
      const ask = (): Promise<string> =>
        call('caller', 'httpbin.bar.global:8000', '-H', `'x-version: ${version}'`);
      await expectAnswer(new RegExp(`^httpbin ${version} 200$`), ask);
      const answers = await Promise.all(Array.from({ length: 10 }, ask));
      expect(new Set(answers)).toEqual(new Set([`httpbin ${version} 200`]));
    }
  }, 300_000);

  test('let nobody call what is not exported, even who knows its name', async () => {
    await install([HTTPBIN]);
    await expectAnswer(/^httpbin v\d 200$/, () => call('caller', 'httpbin.bar.global:8000'));
    const gateway = await rig.kubectl(
      'cluster2',
      ...['get', 'service', 'istio-eastwestgateway', '-n', 'istio-system'],
      ...['-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'],
    );
    await apply('cluster1', 'foo', BURGLAR.replace('GATEWAY', gateway));
    try {
      await expectAnswer(/ 503$/, () => call('caller', 'secret.bar.global:8000'));
      // the very same objects open the door of what is exported
      const exported = BURGLAR.replace('GATEWAY', gateway).replaceAll('secret', 'httpbin2');
      await apply('cluster1', 'foo', exported.replace('httpbin2.bar.svc', 'httpbin.bar.svc'));
      await expectAnswer(/^httpbin v\d 200$/, () => call('caller', 'httpbin2.bar.global:8000'));
    } finally {
      const words = ['delete', 'serviceentry,destinationrule', 'burglar', '-n', 'foo'];
      await rig.kubectl('cluster1', ...words);
    }
  }, 300_000);

  test('lose every trace of an export that leaves the file, and nothing else', async () => {
    const traces = async (): Promise<string[]> => {
      const kinds = 'gateways.networking.istio.io,serviceentries,destinationrules,configmaps';
      const found = await Promise.all(
        ['cluster1', 'cluster2'].map(async (cluster) =>
          (await rig.objects(cluster, kinds, '-n', 'istio-system'))
            .map(({ kind, metadata }) => `${cluster} ${kind} ${metadata.name}`)
            .filter((line) => line.includes('.bar')),
        ),
      );
      return found.flat().sort();
    };
    await install([ORDERS]);
    const before = await traces();
    expect(before.length).toBeGreaterThan(0);
    await install([HTTPBIN, ORDERS]);
    expect((await traces()).filter((line) => line.includes('httpbin'))).toHaveLength(6);
    const file = await install([ORDERS]);
    expect(await traces()).toEqual(before);
    await expectAnswer(/^orders v1 200$/, () => call('caller', 'orders.bar.global:8000'));
    await expectAnswer(/exit|50\d$/, () => call('caller', 'httpbin.bar.global:8000'));
    const again = await rig.meshwright('install', '-f', file, '--yes');
    expect(again.stderr + again.stdout).toContain('nothing to change');
  }, 300_000);

  test('wait for a person when the owner has no such service, and go on with everything else', async () => {
    const file = meshWith([HTTPBIN, { cluster: 'cluster2', namespace: 'bar', service: 'late' }]);
    const blocked = await rig.meshwright('install', '-f', file, '--yes');
    expect(blocked.exitCode).toBe(3);
    expect(blocked.stderr).toContain('cluster2 has no Service bar/late');
    await apply(
      'cluster2',
      'bar',
      service('late').replace('selector: {app: late}', 'selector: {app: httpbin}'),
    );
    const words = ['retry', 'sandbox', 'cluster1/import-late.bar', '--reason', 'it is there now'];
    expect(await rig.meshwright(...words)).toMatchObject({ exitCode: 0 });
    await expectAnswer(/^httpbin v\d 200$/, () => call('caller', 'late.bar.global:8000'));
    await install([]);
    await rig.kubectl('cluster2', 'delete', 'service', 'late', '-n', 'bar');
  }, 300_000);
});
