import { describe, expect, test } from '@jest/globals';
import {
  bareCluster,
  installedCluster,
  namespace,
  uidOf,
} from '../../support/installed-cluster.ts';
import { survey } from '../../support/survey-west.ts';

describe('a survey', () => {
  test('tells what of the mesh is in a cluster, and changes nothing', async () => {
    const cluster = await installedCluster('west');
    cluster.writes.length = 0;
    await expect(survey(cluster)).resolves.toEqual({
      cluster: 'west',
      unreachable: null,
      uid: uidOf(cluster),
      present: true,
      components: ['base', 'control-plane', 'definitions'],
      leavers: [],
      links: [],
      sidecars: 0,
      holdsRoot: false,
    });
    expect(cluster.writes).toEqual([]);
    await expect(survey(bareCluster('west'))).resolves.toMatchObject({ present: false });
  });

  test('finds the mesh in another namespace than the one that is asked for', async () => {
    const cluster = await installedCluster('west');
    const { present, otherHome } = (await survey(cluster, { namespace: 'istio-b' })) ?? {};
    expect([present, otherHome]).toEqual([false, namespace]);
    await expect(survey(cluster, { mesh: 'other' })).resolves.not.toHaveProperty('otherHome');
  });

  test('finds members that the file does not name', async () => {
    const cluster = await installedCluster('west');
    await expect(survey(cluster, { members: ['east'] })).resolves.toMatchObject({
      leavers: [{ name: 'west', uid: uidOf(cluster) }],
    });
  });

  test('names remote secrets and webhooks of others that use the mesh, and no part of their contents', async () => {
    const cluster = await installedCluster('west');
    const labels = { 'istio/multiCluster': 'true' };
    const secret = (name: string, keys: string[]): void => {
      cluster.update('kubectl', { apiVersion: 'v1', kind: 'Secret', namespace, name }, (found) => ({
        ...found,
        metadata: { ...found.metadata, labels },
        data: Object.fromEntries(keys.map((key) => [key, 'canary'])),
      }));
    };
    secret('istio-remote-secret-other', ['other']);
    secret('of-a-member', ['east']);
    const webhook = (name: string, service: object): void => {
      cluster.update(
        'istioctl',
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'MutatingWebhookConfiguration',
          name,
        },
        (found) => ({ ...found, webhooks: [{ clientConfig: { service } }] }),
      );
    };
    webhook('istio-revision-tag-prod', { namespace, name: 'istiod' });
    webhook('of-another-istio', { namespace: 'istio-other', name: 'istiod' });
    const found = await survey(cluster);
    expect(found?.links).toEqual([
      {
        object: 'Secret istio-system/istio-remote-secret-other',
        cluster: 'other',
        does: 'lets istiod read cluster other',
      },
      {
        object: 'MutatingWebhookConfiguration istio-revision-tag-prod',
        cluster: null,
        does: 'leads to the istiod of this mesh',
      },
    ]);
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  test('names every permission that the removal would lack, before anything is removed', async () => {
    const cluster = await installedCluster('west');
    cluster.lacking.add('* *').add('delete leases').add('delete customresourcedefinitions');
    await expect(survey(cluster)).rejects.toMatchObject({
      type: 'Forbidden',
      details: { lines: ['delete leases.coordination.k8s.io in namespace istio-system'] },
    });
    await expect(survey(cluster, { crds: true })).rejects.toMatchObject({
      message: expect.stringContaining('lacks 2 permissions in west'),
    });
  });

  test('counts pods with a sidecar, and no gateways of the mesh', async () => {
    const cluster = await installedCluster('west');
    const labels = {
      'service.istio.io/canonical-name': 'x',
      'security.istio.io/tlsMode': 'istio',
    };
    for (const where of ['default', namespace])
      cluster.update(
        'kube',
        { apiVersion: 'v1', kind: 'Pod', namespace: where, name: 'x' },
        (one) => ({
          ...one,
          metadata: { ...one.metadata, labels },
        }),
      );
    await expect(survey(cluster)).resolves.toMatchObject({ sidecars: 1 });
  });
});
