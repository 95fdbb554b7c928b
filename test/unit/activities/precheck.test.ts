import { describe, expect, test } from '@jest/globals';
import { createCreateCaSecret } from '../../../activities/trust/ca-secret.ts';
import { createPrecheck } from '../../../activities/planning/precheck.ts';
import type { StepInputs } from '../../../mesh/plan/step-inputs.ts';
import type { ObjectRef } from '../../../mesh/kubernetes-object.ts';
import { fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { installedCluster } from '../../support/installed-cluster.ts';

const namespace = 'istio-system';
const cluster1 = { name: 'cluster1', context: 'cluster1' };
const input: StepInputs['precheck'] = {
  cluster: cluster1,
  mesh: 'prod',
  istioVersion: '1.30.4',
  namespace,
  revision: null,
  role: 'primary',
  apiServer: null,
};
const ref = (kind: string, name: string, apiVersion = 'v1'): ObjectRef => ({
  apiVersion,
  kind,
  namespace,
  name,
});

describe('the precheck', () => {
  test('reads an empty cluster and writes nothing', async () => {
    const cluster = fakeCluster('cluster1');
    expect(await createPrecheck(fakePorts([cluster]))(input)).toEqual({
      changed: 0,
      summary: 'kubernetes v1.36.3, no istio',
      facts: {
        cluster: 'cluster1',
        kubernetesVersion: 'v1.36.3',
        contextServer: 'https://cluster1.example.com:6443',
        rootFingerprint: null,
        istio: { state: 'none' },
        gatewayAddresses: [],
        verifiedDigest: null,
        uid: '',
        components: [],
        record: null,
        leavers: [],
      },
    });
    expect(cluster.writes).toEqual([]);
  });

  test('reads the ranges of Services where DNS capture needs to know them', async () => {
    const cluster = fakeCluster('cluster1');
    cluster.update(
      'kube-apiserver',
      { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', name: 'kubernetes' },
      (found) => ({ ...found, spec: { cidrs: ['10.97.0.0/16'] } }),
    );
    const precheck = createPrecheck(fakePorts([cluster]));
    const { facts } = await precheck({ ...input, nameResolution: 'dnsCapture' });
    expect(facts).toMatchObject({ serviceRanges: ['10.97.0.0/16'] });
    cluster.lacking.add('* *').add('list servicecidrs');
    await expect(precheck({ ...input, nameResolution: 'cluster' })).resolves.not.toHaveProperty(
      'facts.serviceRanges',
    );
    await expect(precheck({ ...input, nameResolution: 'dnsCapture' })).rejects.toMatchObject({
      type: 'Forbidden',
      details: { lines: ['list servicecidrs.networking.k8s.io'] },
    });
  });

  test('tells of a clock that differs by a minute or more', async () => {
    const cluster = fakeCluster('cluster1');
    const precheck = createPrecheck(fakePorts([cluster]));
    cluster.clockAheadMs = () => Promise.resolve(-600_000);
    expect(await precheck(input)).toMatchObject({ facts: { clockAheadMs: -600_000 } });
    cluster.clockAheadMs = () => Promise.resolve(59_000);
    expect((await precheck(input)).facts).not.toHaveProperty('clockAheadMs');
  });

  test('refuses a Kubernetes that the release does not support', async () => {
    const cluster = fakeCluster('cluster1');
    cluster.version = () => Promise.resolve('v1.29.0');
    await expect(createPrecheck(fakePorts([cluster]))(input)).rejects.toMatchObject({
      type: 'UnsupportedVersion',
    });
  });

  test('names every permission that is lacking', async () => {
    const cluster = fakeCluster('cluster1');
    for (const lacking of ['* *', 'patch clusterroles', 'create pods/exec'])
      cluster.lacking.add(lacking);
    await expect(createPrecheck(fakePorts([cluster]))(input)).rejects.toMatchObject({
      type: 'Forbidden',
      details: {
        lines: ['create pods/exec', 'patch clusterroles.rbac.authorization.k8s.io'],
      },
    });
  });

  test('asks for the permissions of exports in a replicated mesh only', async () => {
    const cluster = fakeCluster('cluster1');
    for (const lacking of ['* *', 'create serviceentries', 'delete destinationrules'])
      cluster.lacking.add(lacking);
    const precheck = createPrecheck(fakePorts([cluster]));
    await expect(precheck({ ...input, topology: 'multicluster' })).resolves.toMatchObject({
      changed: 0,
    });
    await expect(precheck({ ...input, topology: 'replicated' })).rejects.toMatchObject({
      type: 'Forbidden',
      details: {
        lines: [
          'create serviceentries.networking.istio.io',
          'delete destinationrules.networking.istio.io',
        ],
      },
    });
  });

  test('lets an account pass that may do all that is needed without being an administrator', async () => {
    const cluster = fakeCluster('cluster1');
    cluster.lacking.add('* *');
    await expect(createPrecheck(fakePorts([cluster]))(input)).resolves.toMatchObject({
      changed: 0,
    });
  });

  test('refuses an Istio that somebody else manages', async () => {
    const cluster = fakeCluster('cluster1');
    cluster.update('istio-operator', ref('Deployment', 'istiod', 'apps/v1'), (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { app: 'istiod' } },
      spec: { x: 1 },
    }));
    await expect(createPrecheck(fakePorts([cluster]))(input)).rejects.toMatchObject({
      type: 'ForeignInstall',
      details: { lines: ['Deployment istio-system/istiod, managed by istio-operator'] },
    });
  });

  test('tells when a context leads to the cluster of another member', async () => {
    const cluster = await installedCluster('west');
    const clusters = { open: () => Promise.resolve(cluster) };
    const precheck = createPrecheck(fakePorts([cluster], { clusters }));
    const of = (name: string, ...others: string[]): StepInputs['precheck'] => ({
      ...input,
      cluster: { name, context: 'west' },
      members: [name, ...others],
    });
    expect((await precheck(of('east', 'west'))).facts).toMatchObject({ knownAs: 'west' });
    expect((await precheck(of('west', 'east'))).facts).not.toHaveProperty('knownAs');
    const renamed = (await precheck(of('east'))).facts;
    expect(renamed).not.toHaveProperty('knownAs');
    expect(renamed).toMatchObject({ leavers: [{ name: 'west' }] });
  });

  test('tells of the mesh itself in another namespace, and refuses another mesh with the command that removes it', async () => {
    const cluster = fakeCluster('cluster1');
    cluster.update('meshwright', ref('ConfigMap', 'meshwright-inventory-base'), (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: { 'app.kubernetes.io/managed-by': 'meshwright', 'meshwright.dev/mesh': 'prod' },
      },
    }));
    const precheck = createPrecheck(fakePorts([cluster]));
    expect((await precheck(input)).facts).not.toHaveProperty('otherHome');
    const moved = await precheck({ ...input, namespace: 'istio-b' });
    expect(moved.facts).toMatchObject({ otherHome: namespace });
    await expect(precheck({ ...input, mesh: 'test' })).rejects.toMatchObject({
      type: 'ForeignInstall',
      details: {
        cure: 'meshwright uninstall prod, or take the cluster out of the mesh file',
        lines: ['mesh prod of meshwright in namespace istio-system'],
      },
    });
  });

  test("does not take istiod's own writes and leftovers for a foreign Istio", async () => {
    const cluster = fakeCluster('cluster1');
    for (const name of [
      'istio-ca-root-cert',
      'istio-leader',
      'istio-namespace-controller-election',
    ]) {
      cluster.update('pilot-discovery', ref('ConfigMap', name), (object) => ({
        ...object,
        data: { x: '1' },
      }));
    }
    await expect(createPrecheck(fakePorts([cluster]))(input)).resolves.toMatchObject({
      facts: { istio: { state: 'none' } },
    });
  });

  test('reports the root of existing certificates', async () => {
    const cluster = fakeCluster('cluster1');
    const ports = fakePorts([cluster]);
    await createCreateCaSecret(ports)({
      cluster: cluster1,
      mesh: 'prod',
      namespace,
      trust: { source: 'generated', home: null },
      home: null,
      rootFingerprint: null,
    });
    const root = await ports.trustStore.readRoot('prod');
    const { facts } = await createPrecheck(ports)(input);
    expect(facts?.rootFingerprint).toBe(
      ports.certificates.readCertificate(root?.certPem ?? '').fingerprint,
    );
  });

  test('refuses certificates that istiod could not sign with', async () => {
    const cluster = fakeCluster('cluster1');
    cluster.update('kubectl', ref('Secret', 'cacerts'), (secret) => ({
      ...secret,
      data: { 'ca-cert.pem': 'eA==' },
    }));
    await expect(createPrecheck(fakePorts([cluster]))(input)).rejects.toMatchObject({
      type: 'PrecheckFailed',
      message: expect.stringContaining('cacerts of cluster1 is not valid'),
    });
  });
});
