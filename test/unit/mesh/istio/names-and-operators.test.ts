import { describe, expect, test } from '@jest/globals';
import {
  localInjectorOperator,
  primaryOperator,
  remoteOperator,
} from '../../../../mesh/istio/control-plane-operator.ts';
import { gatewayOperator } from '../../../../mesh/istio/gateway-operator.ts';
import {
  injectorWebhookName,
  istiodName,
  meshConfigMapName,
  readerRoleName,
  revisionLabelValue,
} from '../../../../mesh/istio/istio-names.ts';
import type { JsonObject, JsonValue } from '../../../../mesh/json.ts';
import type { ControlPlaneInput } from '../../../../mesh/plan/step-inputs.ts';
import { aMeshSpec } from '../../../support/a-mesh-spec.ts';

const input = (more: Partial<ControlPlaneInput> = {}): ControlPlaneInput => ({
  cluster: { name: 'cluster1', context: 'c1' },
  mesh: 'prod',
  meshId: 'mesh1',
  trustDomain: 'example.org',
  istio: aMeshSpec().istio,
  network: 'network1',
  remotes: [],
  meshNetworks: null,
  ...more,
});

function at(document: JsonObject, path: string): JsonValue | undefined {
  return path
    .split('.')
    .reduce<JsonValue | undefined>(
      (node, key) => (node as JsonObject | undefined)?.[key],
      document,
    );
}

describe('names', () => {
  test('carry the revision where Istio puts it', () => {
    expect([istiodName(null), istiodName('canary')]).toEqual(['istiod', 'istiod-canary']);
    expect([meshConfigMapName(null), meshConfigMapName('canary')]).toEqual([
      'istio',
      'istio-canary',
    ]);
    expect([revisionLabelValue(null), revisionLabelValue('canary')]).toEqual(['default', 'canary']);
    expect(readerRoleName('canary', 'istio-system')).toBe(
      'istio-reader-clusterrole-canary-istio-system',
    );
  });

  test('carry the system namespace in the injector webhook only when it is not istio-system', () => {
    expect(injectorWebhookName('canary', 'istio-system')).toBe('istio-sidecar-injector-canary');
    expect(injectorWebhookName(null, 'mesh')).toBe('istio-sidecar-injector-mesh');
  });
});

describe('the operator of a primary', () => {
  test('names mesh, cluster and network whatever the overlays say', () => {
    const istio = {
      ...aMeshSpec().istio,
      values: {
        global: {
          network: 'wrong',
          imagePullPolicy: 'Never',
          multiCluster: { clusterName: 'wrong' },
        },
      },
    };
    const values = at(primaryOperator(input({ istio })), 'spec.values.global');
    expect(values).toEqual({
      istioNamespace: 'istio-system',
      meshID: 'mesh1',
      multiCluster: { clusterName: 'cluster1' },
      network: 'network1',
      imagePullPolicy: 'Never',
    });
  });

  test('serves remotes only when it has some', () => {
    expect(at(primaryOperator(input()), 'spec.values.global.externalIstiod')).toBeUndefined();
    expect(
      at(primaryOperator(input({ remotes: ['cluster2'] })), 'spec.values.global.externalIstiod'),
    ).toBe(true);
  });

  test('never carries mesh networks, whose addresses would change what is rendered', () => {
    const networks = [{ name: 'network1', clusters: [{ name: 'cluster1', context: 'c1' }] }];
    expect(primaryOperator(input({ meshNetworks: networks }))).toEqual(primaryOperator(input()));
  });

  test('captures DNS beside what the file says of its proxies, and only when asked to', () => {
    const istio = {
      ...aMeshSpec().istio,
      meshConfig: { defaultConfig: { proxyMetadata: { A: 'a' } } },
    };
    const metadata = (dnsCapture: boolean): unknown =>
      at(
        primaryOperator(input({ istio, dnsCapture })),
        'spec.meshConfig.defaultConfig.proxyMetadata',
      );
    expect(metadata(true)).toEqual({ A: 'a', ISTIO_META_DNS_CAPTURE: 'true' });
    expect(metadata(false)).toEqual({ A: 'a' });
  });

  test('makes the default validator for the default revision only', () => {
    const canary = { ...aMeshSpec().istio, revision: 'canary' };
    expect(at(primaryOperator(input()), 'spec.values.defaultRevision')).toBe('default');
    expect(
      at(primaryOperator(input({ istio: canary })), 'spec.values.defaultRevision'),
    ).toBeUndefined();
    expect(at(primaryOperator(input({ istio: canary })), 'spec.revision')).toBe('canary');
  });

  test('leaves hub and tag to the release unless the file says otherwise', () => {
    expect(at(primaryOperator(input()), 'spec.hub')).toBeUndefined();
    const own = { ...aMeshSpec().istio, hub: 'registry.example.com', tag: 't1' };
    const document = primaryOperator(input({ istio: own }));
    expect([at(document, 'spec.hub'), at(document, 'spec.tag')]).toEqual([
      'registry.example.com',
      't1',
    ]);
  });
});

describe('the operator of a remote', () => {
  const remote = input({ cluster: { name: 'cluster2', context: 'c2' }, network: 'network2' });

  test('asks the injector for its own cluster and network', () => {
    expect(
      at(remoteOperator(remote, '198.18.1.10'), 'spec.values.istiodRemote.injectionPath'),
    ).toBe('/inject/cluster/cluster2/net/network2');
    expect(at(remoteOperator(remote, '198.18.1.10'), 'spec.values.global.remotePilotAddress')).toBe(
      '198.18.1.10',
    );
  });

  test('has no discovery address while none is known', () => {
    expect(
      at(remoteOperator(remote, null), 'spec.values.global.remotePilotAddress'),
    ).toBeUndefined();
  });
});

describe('the operator of a remote with a local injector', () => {
  const canary = { ...aMeshSpec().istio, revision: 'canary' };
  const remote = input({ cluster: { name: 'cluster2', context: 'c2' }, network: 'network2' });

  test('makes an injector for its own cluster and leads to the primary, by a host name if need be', () => {
    const document = localInjectorOperator(remote, 'gw.example.com');
    expect(at(document, 'spec.profile')).toBe('minimal');
    expect(at(document, 'spec.values')).toMatchObject({
      istiodRemote: {
        enabled: true,
        enabledLocalInjectorIstiod: true,
        // not the order of the primary's: the API server shall ask anew whom it talks to
        injectionPath: '/inject/net/network2/cluster/cluster2',
      },
      global: { remotePilotAddress: 'gw.example.com', network: 'network2' },
    });
  });

  test.each([
    [null, 'istiod-remote.istio-system.svc:15012'],
    ['canary', 'istiod-canary-remote.istio-system.svc:15012'],
  ])('leads sidecars of revision %s to %s', (revision, address) => {
    const istio = { ...aMeshSpec().istio, revision };
    const document = localInjectorOperator({ ...remote, istio }, '192.0.2.1');
    expect(at(document, 'spec.meshConfig.defaultConfig.discoveryAddress')).toBe(address);
  });

  test('needs a name in the certificate of a revision’s primary that istiod does not know by itself', () => {
    const host = (more: Partial<ControlPlaneInput>): unknown =>
      at(primaryOperator(input(more)), 'spec.values.pilot.env.ISTIOD_CUSTOM_HOST');
    const own = { ...canary, values: { pilot: { env: { ISTIOD_CUSTOM_HOST: 'a.example.com' } } } };
    expect(host({ istio: canary, localInjectors: true })).toBe(
      'istiod-canary-remote.istio-system.svc',
    );
    expect(host({ istio: own, localInjectors: true })).toBe(
      'a.example.com,istiod-canary-remote.istio-system.svc',
    );
    expect(host({ localInjectors: true })).toBeUndefined();
    expect(host({ istio: canary })).toBeUndefined();
  });
});

test("the gateway's operator takes annotations for its Service from the overlays", () => {
  const values = {
    gateways: { 'istio-ingressgateway': { serviceAnnotations: { 'example.com/type': 'nlb' } } },
  };
  const document = gatewayOperator({
    cluster: { name: 'cluster1', context: 'c1' },
    mesh: 'prod',
    namespace: 'istio-system',
    revision: null,
    istio: { ...aMeshSpec().istio, values },
    network: 'network1',
    part: 'service',
  });
  expect(at(document, 'spec.values.gateways.istio-ingressgateway')).toEqual({
    serviceAnnotations: { 'example.com/type': 'nlb' },
    injectionTemplate: 'gateway',
  });
});
