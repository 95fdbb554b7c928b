import { describe, expect, test } from '@jest/globals';
import { cleanRendered } from '../../../../mesh/istio/clean-rendered.ts';
import {
  baseObjects,
  controlPlaneObjects,
  definitionObjects,
} from '../../../../mesh/istio/component-objects.ts';
import { loadBalancerAddresses } from '../../../../mesh/istio/gateway-address.ts';
import { gatewayPart } from '../../../../mesh/istio/gateway-objects.ts';
import { isInjected } from '../../../../mesh/istio/injector-probe.ts';
import {
  inventoryObject,
  inventoryRefs,
  inventoryText,
} from '../../../../mesh/istio/inventory-object.ts';
import { objectWaves } from '../../../../mesh/istio/object-waves.ts';
import { withoutIstiodWrites } from '../../../../mesh/istio/webhook-fields.ts';
import type { KubernetesObject } from '../../../../mesh/kubernetes-object.ts';

const object = (
  kind: string,
  name: string,
  more: object = {},
  apiVersion = 'v1',
): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'istio-system' },
  ...more,
});

describe('waves', () => {
  test('put what is needed before what needs it', () => {
    const kinds = objectWaves([
      object('Gateway', 'g', {}, 'networking.istio.io/v1'),
      object('Deployment', 'd', {}, 'apps/v1'),
      object('ClusterRoleBinding', 'b'),
      object('ClusterRole', 'r'),
      object('CustomResourceDefinition', 'c'),
      object('Namespace', 'n'),
    ]).map((wave) => wave.map(({ kind }) => kind));
    expect(kinds).toEqual([
      ['Namespace'],
      ['CustomResourceDefinition'],
      ['ClusterRole'],
      ['ClusterRoleBinding'],
      ['Deployment'],
      ['Gateway'],
    ]);
  });
});

describe('components', () => {
  const reader = object('ClusterRole', 'istio-reader-clusterrole-istio-system');
  const rendered = [
    object('CustomResourceDefinition', 'gateways.networking.istio.io'),
    object('ServiceAccount', 'istio-reader-service-account'),
    reader,
    object('ClusterRoleBinding', 'istio-reader-clusterrole-canary-istio-system'),
    object('ServiceAccount', 'istiod'),
    object('ClusterRole', 'istiod-clusterrole-istio-system'),
    object('Service', 'istiod'),
  ];

  test("keep the reader's role in the base, so that a remote secret waits for no address", () => {
    expect(baseObjects(rendered)).toContain(reader);
    expect(controlPlaneObjects(rendered).map(({ metadata }) => metadata.name)).toEqual([
      'istiod',
      'istiod-clusterrole-istio-system',
      'istiod',
    ]);
  });

  test('share all objects between them', () => {
    const parts = [baseObjects, definitionObjects, controlPlaneObjects].map((part) =>
      part(rendered),
    );
    expect(parts.map((part) => part.length)).toEqual([3, 1, 3]);
    expect(new Set(parts.flat())).toEqual(new Set(rendered));
  });
});

test('rendered nulls go, but not those of definitions', () => {
  const [service, definition] = cleanRendered([
    object('Service', 's', { spec: { a: null, ports: [{ name: null, port: 1 }] } }),
    object('CustomResourceDefinition', 'c', { spec: { default: null } }),
  ]);
  expect(service?.['spec']).toEqual({ ports: [{ port: 1 }] });
  expect(definition?.['spec']).toEqual({ default: null });
});

describe("the gateway's parts", () => {
  const labels = { istio: 'eastwestgateway', 'topology.istio.io/network': 'network1' };
  const template = (container: object): object => ({
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'istio-proxy', ...container }] },
      },
    },
  });
  const probeOf = (deployment: KubernetesObject | undefined): unknown =>
    (
      deployment as unknown as {
        spec: { template: { spec: { containers: { readinessProbe?: unknown }[] } } };
      }
    ).spec.template.spec.containers[0]?.readinessProbe;

  test('are the Service alone, and all the rest', () => {
    const rendered = [
      object('Service', 's', { spec: { selector: labels } }),
      object('ServiceAccount', 'a'),
      object('Deployment', 'd', template({})),
    ];
    expect(gatewayPart(rendered, 'service').map(({ kind }) => kind)).toEqual(['Service']);
    expect(gatewayPart(rendered, 'workload').map(({ kind }) => kind)).toEqual([
      'ServiceAccount',
      'Deployment',
    ]);
  });

  test('are tied together by labels that never change, so that a gateway can join a network later', () => {
    const [service] = gatewayPart(
      [object('Service', 's', { spec: { selector: labels, ports: [] } })],
      'service',
    );
    const [deployment] = gatewayPart([object('Deployment', 'd', template({}))], 'workload');
    expect(service?.['spec']).toEqual({ selector: { istio: 'eastwestgateway' }, ports: [] });
    expect(deployment?.['spec']).toMatchObject({ template: { metadata: { labels } } });
    expect(deployment).toHaveProperty('spec.selector', {
      matchLabels: { istio: 'eastwestgateway' },
    });
  });

  test('ask for readiness every second unless the overlays set a probe', () => {
    const [plain] = gatewayPart([object('Deployment', 'd', template({}))], 'workload');
    const [own] = gatewayPart(
      [object('Deployment', 'd', template({ readinessProbe: { periodSeconds: 7 } }))],
      'workload',
    );
    expect(probeOf(plain)).toMatchObject({ periodSeconds: 1, httpGet: { port: 15021 } });
    expect(probeOf(own)).toEqual({ periodSeconds: 7 });
  });
});

describe('what istiod writes into webhooks', () => {
  const wanted = object('ValidatingWebhookConfiguration', 'v', {
    webhooks: [
      {
        name: 'a',
        failurePolicy: 'Ignore',
        clientConfig: { service: { name: 'istiod' }, caBundle: '' },
      },
    ],
  });
  const live = (failurePolicy: string): KubernetesObject =>
    object('ValidatingWebhookConfiguration', 'v', {
      webhooks: [{ name: 'a', failurePolicy, clientConfig: { caBundle: 'X' } }],
    });
  const webhook = (result: KubernetesObject): unknown =>
    (result as unknown as { webhooks: unknown[] }).webhooks[0];

  test('is not there yet at the first apply, so the rendered policy counts', () => {
    expect(webhook(withoutIstiodWrites(wanted, null))).toEqual({
      name: 'a',
      failurePolicy: 'Ignore',
      clientConfig: { service: { name: 'istiod' } },
    });
  });

  test('is left alone once istiod has raised the policy', () => {
    expect(webhook(withoutIstiodWrites(wanted, live('Fail')))).toEqual({
      name: 'a',
      clientConfig: { service: { name: 'istiod' } },
    });
  });

  test('is claimed while istiod has not raised the policy, or it would fall to Fail', () => {
    expect(webhook(withoutIstiodWrites(wanted, live('Ignore')))).toMatchObject({
      failurePolicy: 'Ignore',
    });
  });

  test('does not hide a CA bundle that the overlays set', () => {
    const own = object('MutatingWebhookConfiguration', 'm', {
      webhooks: [{ name: 'a', clientConfig: { caBundle: 'OWN' } }],
    });
    expect(webhook(withoutIstiodWrites(own, null))).toEqual({
      name: 'a',
      clientConfig: { caBundle: 'OWN' },
    });
  });
});

describe('inventories', () => {
  test('read back what they list', () => {
    const refs = [
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' },
      { apiVersion: 'v1', kind: 'Namespace', name: 'x' },
    ];
    expect(
      inventoryRefs(
        inventoryObject({ mesh: 'prod', namespace: 'istio-system', name: 'base' }, refs),
      ),
    ).toEqual(refs);
  });

  test('are the same text for the same objects in any order', () => {
    const a = { apiVersion: 'v1', kind: 'Service', namespace: 'n', name: 'a' };
    const b = { apiVersion: 'v1', kind: 'Service', namespace: 'n', name: 'b' };
    expect(inventoryText([b, a, b])).toBe(inventoryText([a, b]));
  });

  test('leave out lines that nobody can read', () => {
    expect(
      inventoryRefs(object('ConfigMap', 'i', { data: { objects: 'garbage\n\nv1 Service n/a' } })),
    ).toHaveLength(1);
  });
});

test('a load balancer may give addresses, host names, or nothing yet', () => {
  const service = (ingress: object[]): KubernetesObject =>
    object('Service', 's', { status: { loadBalancer: { ingress } } });
  expect(
    loadBalancerAddresses(service([{ ip: '198.18.1.10' }, { hostname: 'gw.example.com' }])),
  ).toEqual(['198.18.1.10', 'gw.example.com']);
  expect(loadBalancerAddresses(object('Service', 's'))).toEqual([]);
  expect(loadBalancerAddresses(null)).toEqual([]);
});

test('a pod counts as injected only when its proxy has an image of its own', () => {
  const pod = (...containers: object[]): KubernetesObject =>
    object('Pod', 'p', { spec: { containers } });
  expect(isInjected(pod({ name: 'istio-proxy', image: 'auto' }))).toBe(false);
  expect(isInjected(pod({ name: 'app', image: 'x' }))).toBe(false);
  expect(isInjected(pod({ name: 'istio-proxy', image: 'hub/proxyv2:1' }))).toBe(true);
});
