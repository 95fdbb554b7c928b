import { describe, expect, test } from '@jest/globals';
import { createReleaseTrust } from '../../../activities/trust/release-trust.ts';
import { createRemoveCluster } from '../../../activities/removal/remove-cluster.ts';
import { createSurveyCluster } from '../../../activities/planning/survey-cluster.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import type { KubernetesObject, ObjectRef } from '../../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import type { StepInputs } from '../../../mesh/plan/step-inputs.ts';
import { type FakeCluster, fakeClusters } from '../../support/fake-cluster.ts';
import { fakePorts, fakeScope, fakeTrustStore } from '../../support/fake-ports.ts';
import {
  bareCluster,
  configMap,
  DEFINITION,
  installedCluster,
  left,
  namespace,
  object,
  uidOf,
} from '../../support/installed-cluster.ts';
import { survey } from '../../support/survey-west.ts';

const west = { name: 'west', context: 'west' };
const OURS = { 'app.kubernetes.io/managed-by': 'meshwright', 'meshwright.dev/mesh': 'prod' };
const ROOT: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'meshwright-root-ca' };
/** A step that was scheduled a minute ago. */
const aMinuteAgo = (): string => new Date(Date.now() - 60_000).toISOString();

function remove(
  cluster: FakeCluster,
  more: Partial<StepInputs['removeCluster']> = {},
  scheduledAt?: string,
): Promise<StepOutcome> {
  const scope = fakeScope(scheduledAt);
  return createRemoveCluster(fakePorts([cluster], { scope: () => scope }))({
    cluster: west,
    mesh: 'prod',
    namespace,
    uid: uidOf(cluster),
    definitions: 'unused',
    leaveAfterMs: 30_000,
    ...more,
  });
}

function away(cluster: FakeCluster): void {
  cluster.onRequest = () => {
    throw new MeshFailure('ClusterUnreachable', 'west: connection refused', { cluster: 'west' });
  };
}

/** Writes an object as somebody else. */
function somebody(cluster: FakeCluster, ref: ObjectRef, more: object = {}): void {
  cluster.update('kubectl', ref, (found) => ({
    ...found,
    ...more,
    metadata: { ...found.metadata, labels: OURS },
  }));
}

describe('what somebody else has written', () => {
  const elsewhere = (kind: string, name: string, apiVersion = 'v1'): ObjectRef => ({
    apiVersion,
    kind,
    namespace: 'default',
    name,
  });
  const clusterWide = (apiVersion: string, kind: string, name: string): ObjectRef => ({
    apiVersion,
    kind,
    name,
  });

  /** Objects that look like those of the mesh: by name, by label, by where they are. */
  const DECOYS: [what: string, ref: ObjectRef, more?: object][] = [
    ['our record elsewhere', elsewhere('ConfigMap', 'meshwright-mesh')],
    ['an inventory elsewhere', elsewhere('ConfigMap', 'meshwright-inventory-base')],
    [
      'an inventory in our namespace that lists foreign objects',
      configMap('meshwright-inventory-forged'),
      { data: { objects: 'v1 Service default/kubernetes\nv1 Secret default/cacerts' } },
    ],
    ['what that inventory lists', elsewhere('Service', 'kubernetes')],
    ['certificates', elsewhere('Secret', 'cacerts')],
    ['certificates in our namespace', { ...ROOT, name: 'cacerts' }],
    ['a root certificate in a namespace without istiod', configMap('istio-ca-root-cert', 'x')],
    ['an election of somebody’s', configMap('istio-ip-autoallocate')],
    ['an account', elsewhere('ServiceAccount', 'istio-reader-service-account')],
    ['a gateway', elsewhere('Deployment', 'istio-eastwestgateway', 'apps/v1')],
    [
      'a webhook',
      clusterWide(
        'admissionregistration.k8s.io/v1',
        'MutatingWebhookConfiguration',
        'istio-sidecar-injector-mine',
      ),
    ],
    [
      'a definition of that kind in another group',
      clusterWide(
        'apiextensions.k8s.io/v1',
        'CustomResourceDefinition',
        'virtualservices.example.com',
      ),
    ],
  ];

  test('stays to the last byte, whatever it looks like', async () => {
    const cluster = await installedCluster('west');
    for (const [, ref, more] of DECOYS) somebody(cluster, ref, more);
    const before = new Map(cluster.all().map((found) => [describeRef(refOf(found)), found]));
    await remove(cluster);
    const decoys = DECOYS.map(([, ref]) => describeRef(ref));
    for (const decoy of decoys) {
      const now = cluster.all().find((found) => describeRef(refOf(found)) === decoy);
      expect([decoy, now]).toEqual([decoy, before.get(decoy)]);
    }
    expect(left(cluster).sort()).toEqual(
      [...decoys, 'Namespace default', `Namespace ${namespace}`, 'Namespace kube-system'].sort(),
    );
  });

  test('keeps what istiod wrote where it was written into too, and the end says so', async () => {
    const cluster = await installedCluster('west');
    cluster.update('kubectl', configMap('istio-ca-root-cert', 'default'), (found) => ({
      ...found,
      metadata: { ...found.metadata, annotations: { keep: 'me' } },
    }));
    const { remains } = await remove(cluster);
    expect(remains).toEqual([
      'ConfigMap default/istio-ca-root-cert stays: kubectl wrote into it too',
    ]);
    expect(left(cluster)).toContain('ConfigMap default/istio-ca-root-cert');
  });

  test('keeps what istiod writes everywhere while another Istio is there that needs it', async () => {
    const cluster = await installedCluster('west');
    const another = refOf(object('apps/v1', 'Deployment', 'istiod-other'));
    cluster.update('helm', { ...another, namespace: 'istio-other' }, (found) => ({
      ...found,
      metadata: { ...found.metadata, labels: { app: 'istiod' } },
    }));
    const { remains } = await remove(cluster);
    const other = 'Deployment istio-other/istiod-other';
    expect(remains).toEqual([
      expect.stringContaining('namespace istio-system kept, it holds ConfigMap istio-ca-root-cert'),
      `2 ConfigMaps of istiod stay: ${other} is another Istio's`,
      `definition virtualservices.networking.istio.io is needed by ${other}`,
    ]);
    expect(left(cluster)).toContain('ConfigMap default/istio-ca-root-cert');
  });

  test('is not touched in a cluster where this mesh never was, whatever another Istio left there', async () => {
    const cluster = bareCluster('west');
    for (const name of ['istio-ca-root-cert', 'istio-leader'])
      cluster.update('pilot-discovery', configMap(name), (found) => ({ ...found, data: {} }));
    const before = left(cluster);
    await expect(remove(cluster)).resolves.toEqual({
      changed: 0,
      summary: 'nothing of mesh prod is in it',
    });
    expect(left(cluster)).toEqual(before);
  });
});

describe('definitions', () => {
  test('stay where nobody asked for them, and the end says how they are removed', async () => {
    const cluster = await installedCluster('west');
    const { remains } = await remove(cluster, { definitions: 'none' });
    expect(remains).toEqual([
      "1 of Istio's definitions stay: --crds removes those of which no object is left",
    ]);
    expect(left(cluster)).toContain(describeRef(refOf(DEFINITION)));
  });

  test('that an earlier uninstall kept go when the next one is asked for them', async () => {
    const cluster = await installedCluster('west');
    await remove(cluster, { definitions: 'none' });
    await expect(survey(cluster)).resolves.toMatchObject({ present: false });
    await expect(survey(cluster, { crds: true })).resolves.toMatchObject({ present: true });
    await expect(remove(cluster)).resolves.toMatchObject({ changed: 1 });
    expect(left(cluster)).toEqual(['Namespace kube-system', 'Namespace default']);
    await expect(survey(cluster, { crds: true })).resolves.toMatchObject({ present: false });
  });

  test('stay while an object of their kind is somebody’s, named by the end', async () => {
    const cluster = await installedCluster('west');
    somebody(cluster, {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      namespace: 'default',
      name: 'reviews',
    });
    expect((await remove(cluster)).remains).toEqual([
      'definition virtualservices.networking.istio.io is used by VirtualService default/reviews',
    ]);
  });
});

describe('a cluster that cannot be reached', () => {
  test('is tried again, said to be waited for, and emptied when it is back', async () => {
    const cluster = await installedCluster('west');
    const scope = fakeScope();
    let requests = 0;
    const waitedFor: (string | null | undefined)[] = [];
    cluster.onRequest = () => {
      requests += 1;
      waitedFor.push(scope.reported.at(-1)?.waitingFor);
      // away at first, and once more in the midst of the removal
      if (requests < 3 || requests === 20)
        throw new MeshFailure('ClusterUnreachable', 'west: connection refused');
    };
    const removal = createRemoveCluster(fakePorts([cluster], { scope: () => scope }));
    await expect(
      removal({ cluster: west, mesh: 'prod', namespace, uid: null, leaveAfterMs: 30_000 }),
    ).resolves.toMatchObject({
      summary: expect.stringContaining('namespace istio-system removed'),
    });
    expect(requests).toBeGreaterThan(20);
    // said while it is tried again, too: a try may take long
    expect(waitedFor.slice(0, 3)).toEqual([undefined, undefined, 'API server of west']);
    expect(waitedFor[4]).toBeNull();
    expect(scope.reported).toContainEqual({
      waitingFor: 'API server of west',
      reason: 'west: connection refused',
      since: expect.any(String),
    });
  });

  test('that is away for a moment is not left behind, however long its step has been at work', async () => {
    const cluster = await installedCluster('west');
    let requests = 0;
    cluster.onRequest = () => {
      requests += 1;
      if (requests === 20) throw new MeshFailure('ClusterUnreachable', 'west: connection reset');
    };
    const outcome = await remove(cluster, {}, aMinuteAgo());
    expect(outcome.leftBehind).toBeUndefined();
  });

  test('is waited for no longer than the step is wanted', async () => {
    const cluster = await installedCluster('west');
    away(cluster);
    const scope = fakeScope();
    const removal = createRemoveCluster(fakePorts([cluster], { scope: () => scope }))({
      ...{ cluster: west, mesh: 'prod', namespace, uid: null, leaveAfterMs: 3_600_000 },
    });
    scope.cancel();
    await expect(removal).rejects.toThrow('cancelled');
  });

  test('that stays away is left behind with what to do', async () => {
    const cluster = await installedCluster('west');
    const uid = uidOf(cluster);
    away(cluster);
    await expect(remove(cluster, { uid, leaveAfterMs: 300 })).resolves.toEqual({
      changed: 0,
      summary: 'left behind, what is in it stays: west: connection refused',
      leftBehind: {
        type: 'ClusterUnreachable',
        cure: 'when the cluster can be reached again: meshwright uninstall prod',
        cluster: west,
        uid,
      },
    });
  });

  test('that leaves a mesh which stays is tried for as long as it takes', async () => {
    const cluster = await installedCluster('west');
    const uid = uidOf(cluster);
    away(cluster);
    const { leaveAfterMs: _, ...input } = {
      cluster: west,
      mesh: 'prod',
      namespace,
      uid,
      leaveAfterMs: 0,
    };
    const scope = fakeScope(aMinuteAgo());
    await expect(
      createRemoveCluster(fakePorts([cluster], { scope: () => scope }))(input),
    ).rejects.toMatchObject({ type: 'ClusterUnreachable' });
  });

  test('says itself which one it is when it is back: one that remembers to be another is not emptied', async () => {
    const cluster = await installedCluster('west');
    await expect(remove(cluster, { uid: null })).resolves.toMatchObject({
      summary: expect.stringContaining('namespace istio-system removed'),
    });
    const other = await installedCluster('west');
    other.update('kube', { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, (found) => ({
      ...found,
      metadata: { ...found.metadata, labels: { moved: 'here' } },
    }));
    const record = other.all().find(({ metadata }) => metadata.name === 'meshwright-mesh');
    if (record === undefined) throw new Error('there is a record');
    const text = JSON.stringify((record as { data?: object }).data).replaceAll(uidOf(other), 'old');
    await other.apply({ ...bare(record), data: JSON.parse(text) as object } as KubernetesObject);
    await expect(remove(other, { uid: null })).rejects.toMatchObject({
      message: expect.stringContaining('leads to another cluster'),
    });
  });

  test('does not hold up the plan: its survey says that it was not seen', async () => {
    const cluster = await installedCluster('west');
    away(cluster);
    await expect(survey(cluster)).rejects.toMatchObject({ type: 'ClusterUnreachable' });
    await expect(survey(cluster, {}, aMinuteAgo())).resolves.toMatchObject({
      cluster: 'west',
      unreachable: 'west: connection refused',
      uid: null,
    });
  });

  test('because the worker knows it no more is not seen either', async () => {
    const ports = fakePorts([], { clusters: fakeClusters() });
    await expect(
      createSurveyCluster(ports)({
        cluster: west,
        mesh: 'prod',
        namespace,
        revision: null,
        members: ['west'],
        crds: false,
        limitMs: 15_000,
      }),
    ).resolves.toMatchObject({
      survey: { unreachable: 'the worker knows no cluster west', noAccess: true },
    });
  });
});

/** An object without what the API server adds. */
function bare({ metadata, ...rest }: KubernetesObject): KubernetesObject {
  const { name, namespace: where, labels = {} } = metadata;
  return {
    ...rest,
    metadata: { name, ...(where === undefined ? {} : { namespace: where }), labels },
  };
}

describe('the key of the root', () => {
  async function home(): Promise<FakeCluster> {
    const cluster = await installedCluster('west');
    await cluster.create({
      ...object('v1', 'Secret', ROOT.name),
      metadata: { name: ROOT.name, namespace, labels: OURS },
    });
    return cluster;
  }
  const release = (cluster: FakeCluster, leftBehind: string[] = []): Promise<StepOutcome> =>
    createReleaseTrust(fakePorts([cluster]))({
      mesh: 'prod',
      namespace,
      homes: [west],
      leftBehind,
    });

  test('is kept while the rest of its cluster goes, then goes with the namespace', async () => {
    const cluster = await home();
    await expect(survey(cluster)).resolves.toMatchObject({ holdsRoot: true });
    await remove(cluster, { keepRoot: true });
    expect(left(cluster)).toContain(describeRef(ROOT));
    await expect(release(cluster)).resolves.toEqual({
      changed: 1,
      summary: 'west: namespace istio-system removed',
    });
    expect(left(cluster)).toEqual(['Namespace kube-system', 'Namespace default']);
    await expect(release(cluster)).resolves.toMatchObject({ changed: 0 });
  });

  test('stays when a cluster was left behind that has certificates under it', async () => {
    const cluster = await home();
    await remove(cluster, { keepRoot: true });
    const { changed, remains } = await release(cluster, ['east']);
    expect([changed, remains]).toEqual([
      0,
      ['the key of the root stays in west: east still has certificates under it'],
    ]);
    expect(left(cluster)).toContain(describeRef(ROOT));
  });

  test('on the worker is the owner’s to delete, and the end says where it is', async () => {
    const trustStore = fakeTrustStore();
    trustStore.roots.set('prod', { certPem: 'x', keyPem: 'canary' });
    const ports = fakePorts([], { trustStore });
    const outcome = await createReleaseTrust(ports)({
      mesh: 'prod',
      namespace,
      homes: [],
      leftBehind: [],
    });
    expect(outcome.remains).toEqual([expect.stringContaining('rm -r /trust/prod deletes it')]);
    expect(JSON.stringify(outcome)).not.toContain('canary');
    expect(trustStore.roots.has('prod')).toBe(true);
  });
});
