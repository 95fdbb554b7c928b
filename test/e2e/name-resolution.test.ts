import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awaitTrue } from '../support/install-run.ts';
import { type Kubectl, openKubectl } from '../support/kubectl.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { shapeClusters } from '../support/shape-a-mesh.ts';

type Mode = 'cluster' | 'stubServices' | 'dnsCapture';

function namespace(name: string): string {
  return `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {istio-injection: enabled}}}`;
}

/** A server that answers with a text, and a Service before it. */
function server(name: string, where: string, clusterIP = '', answer = 'cluster2'): string {
  return `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${where}}
spec:
  ${clusterIP === '' ? '' : `clusterIP: ${clusterIP}`}
  selector: {app: ${name}}
  ports: [{name: http, port: 5000}]
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${where}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: meshwright.local/app:1
    imagePullPolicy: Never
    command: [sh, -c, 'mkdir /tmp/www; echo ${answer} > /tmp/www/index.html; exec httpd -f -p 5000 -h /tmp/www']
`;
}

function client(name: string, where = 'sample'): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${where}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: 'meshwright.local/app:1', imagePullPolicy: Never, command: [sleep, '100000']}
`;
}

// In whichever order they run: every test begins with an install of its own over what it finds.
describe('a Service that exists in the other cluster only, in a mesh of one flat network', () => {
  let rig: MeshRig;
  let kubectl: Kubectl;
  let clients = 0;

  async function apply(cluster: string, ...documents: string[]): Promise<void> {
    const { complaint } = await kubectl(cluster, ['apply', '-f', '-'], documents.join('\n---\n'));
    // kubectl warns when an object was made by somebody else
    expect(complaint.replaceAll(/^Warning: .*$/gm, '').trim()).toBe('');
  }

  async function install(nameResolution: Mode): Promise<string> {
    const file = rig.editMesh((mesh) => {
      shapeClusters(mesh, {
        cluster1: { controlPlane: 'primary' },
        cluster2: { controlPlane: { remote: 'cluster1' } },
      });
      mesh.setIn(['spec', 'nameResolution'], nameResolution);
    });
    const { exitCode, stderr } = await rig.meshwright('install', '-f', file, '--yes');
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    return file;
  }

  /** A client of cluster1 that was created just now, so that it has today's configuration. */
  async function newClient(): Promise<string> {
    const name = `client${String(++clients)}`;
    await apply('cluster1', client(name));
    await rig.kubectl('cluster1', 'wait', '--for=condition=Ready', `pod/${name}`, '-n', 'sample');
    return name;
  }

  /** What a client of cluster1 gets from a name; curl's exit code when it gets nothing. */
  async function ask(from: string, host: string): Promise<string> {
    const script = `curl -sS -m 3 http://${host}:5000/ || echo "exit $?"`;
    const words = ['exec', from, '-n', 'sample', '-c', 'app', '--', 'sh', '-c', script];
    return (await kubectl('cluster1', words)).output.trim();
  }

  function expectAnswer(from: string, host: string, answer: string): Promise<string> {
    return awaitTrue(
      () => ask(from, host),
      (got) => got === answer,
    );
  }

  async function stubs(): Promise<string[]> {
    const found = await rig.objects('cluster1', 'services', '-A', '-l', 'meshwright.dev/stub');
    return found.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).sort();
  }

  beforeAll(async () => {
    rig = await raiseMeshRig({ networks: 'flat', gateways: 'discovered' });
    kubectl = await openKubectl(join(rig.dir, 'kubeconfig'));
    await apply('cluster1', namespace('sample'));
    await apply('cluster2', namespace('sample'), namespace('far'));
    await install('cluster');
    await apply(
      'cluster2',
      server('only2', 'sample'),
      server('pods2', 'sample', 'None'),
      server('far2', 'far'),
    );
    for (const [name, where] of [
      ['only2', 'sample'],
      ['pods2', 'sample'],
      ['far2', 'far'],
    ] as const)
      await rig.kubectl('cluster2', 'wait', '--for=condition=Ready', `pod/${name}`, '-n', where);
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  test('is not found by name unless the file asks for it', async () => {
    await install('cluster');
    const from = await newClient();
    await expectAnswer(from, 'only2.sample', 'exit 6');
    expect(await stubs()).toEqual([]);
  }, 300_000);

  test('is called by name through a stub, in a namespace of its own too, and by pods that ran before', async () => {
    await install('cluster');
    const from = await newClient();
    await install('stubServices');
    expect(await stubs()).toEqual(['far/far2', 'sample/only2']);
    await expectAnswer(from, 'only2.sample', 'cluster2');
    await expectAnswer(from, 'far2.far', 'cluster2');
    // a headless one has no stub: docs/name-resolution.md
    await expectAnswer(from, 'pods2.sample', 'exit 6');
    await install('cluster');
    expect(await stubs()).toEqual([]);
    const namespaces = await rig.objects('cluster1', 'namespaces');
    const living = namespaces.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    expect(living.map(({ metadata }) => metadata.name)).not.toContain('far');
  }, 300_000);

  test('is called by name with DNS capture, by its cluster’s address or its pods’ own', async () => {
    await install('dnsCapture');
    const from = await newClient();
    expect(await stubs()).toEqual([]);
    await expectAnswer(from, 'only2.sample', 'cluster2');
    await expectAnswer(from, 'far2.far.svc.cluster.local', 'cluster2');
    await expectAnswer(from, 'pods2.sample', 'cluster2');
  }, 300_000);

  test('loses its stub when it goes', async () => {
    await apply('cluster2', server('brief', 'sample'));
    await install('stubServices');
    expect(await stubs()).toContain('sample/brief');
    await rig.kubectl('cluster2', 'delete', 'service/brief', 'pod/brief', '-n', 'sample');
    await install('stubServices');
    expect(await stubs()).not.toContain('sample/brief');
  }, 300_000);

  test('gets a stub and loses it without an install: the sync keeps them in step', async () => {
    await install('stubServices');
    const from = await newClient();
    await apply('cluster2', server('later', 'sample'));
    await awaitTrue(stubs, (names) => names.includes('sample/later'));
    await expectAnswer(from, 'later.sample', 'cluster2');
    await rig.kubectl('cluster2', 'delete', 'service/later', 'pod/later', '-n', 'sample');
    await awaitTrue(stubs, (names) => !names.includes('sample/later'));
  }, 300_000);

  test('gives way to a real Service that is applied over its stub', async () => {
    await apply('cluster2', server('real', 'sample'));
    await install('stubServices');
    expect(await stubs()).toContain('sample/real');
    const [service = '', pod = ''] = server('real', 'sample').split('---');
    await apply('cluster1', service, pod.replace('echo cluster2', 'echo cluster1'));
    await rig.kubectl('cluster1', 'wait', '--for=condition=Ready', 'pod/real', '-n', 'sample');
    const read = async (): Promise<unknown> =>
      (
        await rig.objects(
          'cluster1',
          ...['services', '-n', 'sample', '--field-selector=metadata.name=real'],
        )
      )[0];
    await install('stubServices');
    expect(await stubs()).not.toContain('sample/real');
    const handedOver = await read();
    expect(handedOver).toMatchObject({
      spec: { selector: { app: 'real' }, ports: [{ name: 'http', port: 5000 }] },
    });
    const from = await newClient();
    await expectAnswer(from, 'real.sample', 'cluster1');
    await install('cluster');
    expect(await read()).toEqual(handedOver);
  }, 300_000);

  test('is called, like those of all clusters, by pods whose sidecars were injected by hand', async () => {
    const mesh = await install('cluster');
    await apply('cluster1', server('both', 'sample', '', 'cluster1'));
    await apply('cluster2', server('both', 'sample', '', 'cluster2'));
    for (const cluster of ['cluster1', 'cluster2'])
      await rig.kubectl(cluster, 'wait', '--for=condition=Ready', 'pod/both', '-n', 'sample');
    await rig.kubectl('cluster2', 'create', 'namespace', 'plain');
    const app = join(rig.dir, 'app.yaml');
    writeFileSync(app, client('byhand', 'plain'));
    const injected = await rig.meshwright(
      'inject',
      ...['-f', app, '--cluster', 'cluster2', '--mesh', mesh],
    );
    expect(injected).toMatchObject({ exitCode: 0, stderr: '' });
    await apply('cluster2', injected.stdout);
    await rig.kubectl('cluster2', 'wait', '--for=condition=Ready', 'pod/byhand', '-n', 'plain');
    const [pod] = await rig.objects('cluster2', 'pods', '-n', 'plain');
    expect(pod).toMatchObject({
      status: {
        containerStatuses: expect.arrayContaining([
          expect.objectContaining({ name: 'app', ready: true }),
          expect.objectContaining({ name: 'istio-proxy', ready: true }),
        ]),
      },
    });
    const answers = new Set<string>();
    const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do curl -sS -m 3 http://both.sample:5000/; done';
    const words = ['exec', 'byhand', '-n', 'plain', '-c', 'app', '--', 'sh', '-c', script];
    await awaitTrue(
      async () => {
        const { output } = await kubectl('cluster2', words);
        for (const answer of output.trim().split('\n')) answers.add(answer);
        return [...answers].sort();
      },
      (got) => got.includes('cluster1') && got.includes('cluster2'),
    );
    expect([...answers].sort()).toEqual(['cluster1', 'cluster2']);
    const again = await rig.meshwright(
      'inject',
      ...['-f', app, '--cluster', 'cluster3', '--mesh', mesh],
    );
    expect(again).toMatchObject({ exitCode: 2, stdout: '' });
    expect(again.stderr).toContain('there is no cluster "cluster3"');
  }, 300_000);
});
