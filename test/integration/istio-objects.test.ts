import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { istioctlRenderer } from '../../activities/adapters/istioctl.ts';
import { renderedManifests } from '../../activities/adapters/rendered-manifests.ts';
import type { ManifestRenderer } from '../../activities/ports/manifest-renderer.ts';
import { cleanRendered } from '../../mesh/istio/clean-rendered.ts';
import {
  baseObjects,
  controlPlaneObjects,
  definitionObjects,
} from '../../mesh/istio/component-objects.ts';
import { primaryOperator, remoteOperator } from '../../mesh/istio/control-plane-operator.ts';
import { exposeControlPlaneObjects } from '../../mesh/istio/expose-control-plane.ts';
import { exposeServicesObjects } from '../../mesh/istio/expose-services.ts';
import { gatewayPart } from '../../mesh/istio/gateway-objects.ts';
import { gatewayOperator } from '../../mesh/istio/gateway-operator.ts';
import {
  injectorWebhookName,
  istiodName,
  meshConfigMapName,
  readerRoleName,
} from '../../mesh/istio/istio-names.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ControlPlaneInput } from '../../mesh/plan/step-inputs.ts';
import type { EdgeGateway } from '../../mesh/spec/mesh-spec.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';

jest.setTimeout(120_000);

const VERSION = '1.31.0-dev.20260827';

let istioctl: string;
let dir: string;
let renderer: ManifestRenderer;

beforeAll(async () => {
  ({ istioctl } = await resolveParts(['istioctl'], {
    env: process.env,
    onProgress: () => undefined,
  }));
  dir = mkdtempSync(join(tmpdir(), 'meshwright-objects-'));
  const config = { paths: [istioctl], versionsDir: join(dir, 'versions'), searchDirs: [] };
  renderer = istioctlRenderer(config, renderedManifests(join(dir, 'rendered')), () => undefined);
});

function input(revision: string | null, namespace = 'istio-system'): ControlPlaneInput {
  return {
    cluster: { name: 'cluster1', context: 'cluster1' },
    mesh: 'prod',
    meshId: 'mesh1',
    trustDomain: 'cluster.local',
    istio: { ...aMeshSpec().istio, version: VERSION, revision, namespace },
    network: 'network1',
    remotes: ['cluster2'],
    meshNetworks: null,
  };
}

const named = (objects: KubernetesObject[], kind: string): string[] =>
  objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

const cases: [string | null, string][] = [
  [null, 'istio-system'],
  ['canary', 'istio-system'],
  ['canary', 'mesh-system'],
];

describe.each(cases)('what istioctl renders for revision %s in %s', (revision, namespace) => {
  test('has the names that the steps look for, in a primary', async () => {
    const rendered = await renderer.render(VERSION, primaryOperator(input(revision, namespace)));
    const objects = controlPlaneObjects(rendered);
    expect(named(objects, 'Deployment')).toEqual([istiodName(revision)]);
    expect(named(objects, 'Service')).toEqual([istiodName(revision)]);
    expect(named(objects, 'ConfigMap')).toContain(meshConfigMapName(revision));
    expect(named(objects, 'MutatingWebhookConfiguration')).toEqual([
      injectorWebhookName(revision, namespace),
    ]);
    const namespaces = objects.flatMap(({ metadata }) => metadata.namespace ?? []);
    expect(new Set(namespaces)).toEqual(new Set([namespace]));
    const [deployment] = objects.filter(({ kind }) => kind === 'Deployment');
    const text = JSON.stringify(deployment);
    expect(text).toContain('{"name":"CLUSTER_ID","value":"cluster1"}');
    expect(text).toContain('{"name":"EXTERNAL_ISTIOD","value":"true"}');
    expect(text).toContain('"periodSeconds":1');
  });

  test('has the base that a remote secret needs without a discovery address', async () => {
    const remote = { ...input(revision, namespace), remotes: [] };
    const rendered = await renderer.render(VERSION, remoteOperator(remote, null));
    const base = baseObjects(rendered);
    expect(named(base, 'ServiceAccount')).toEqual(['istio-reader-service-account']);
    expect(named(base, 'ClusterRole')).toEqual([readerRoleName(revision, namespace)]);
    expect(named(base, 'ClusterRoleBinding')).toEqual([readerRoleName(revision, namespace)]);
    expect(base).toHaveLength(3);
    expect(definitionObjects(rendered)).toHaveLength(15);
  });

  test('leads a remote to the discovery address, with nothing of an istiod of its own', async () => {
    const operator = remoteOperator(input(revision, namespace), '198.18.1.10');
    const objects = controlPlaneObjects(await renderer.render(VERSION, operator));
    const [slice] = objects.filter(({ kind }) => kind === 'EndpointSlice');
    expect(slice).toMatchObject({
      metadata: { name: istiodName(revision) },
      endpoints: [{ addresses: ['198.18.1.10'] }],
    });
    expect(named(objects, 'Deployment')).toEqual([]);
    expect(named(objects, 'ConfigMap')).not.toContain(meshConfigMapName(revision));
    expect(JSON.stringify(objects)).toContain('/inject/cluster/cluster1/net/network1');
  });
});

test('a discovery address changes nothing of the base', async () => {
  const [without, withAddress] = await Promise.all(
    [null, '198.18.1.10'].map((address) =>
      renderer.render(VERSION, remoteOperator(input(null), address)),
    ),
  );
  expect(baseObjects(without ?? [])).toEqual(baseObjects(withAddress ?? []));
});

describe('the east-west gateway', () => {
  const gateway = async (revision: string | null): Promise<KubernetesObject[]> => {
    const operator = gatewayOperator({
      ...input(revision),
      namespace: 'istio-system',
      revision,
      part: 'service',
    });
    return cleanRendered(await renderer.render(VERSION, operator));
  };

  test("has the Service of Istio's guide", async () => {
    const [service, ...more] = gatewayPart(await gateway(null), 'service');
    expect(more).toEqual([]);
    expect(service).toMatchObject({
      metadata: {
        name: 'istio-eastwestgateway',
        namespace: 'istio-system',
        labels: {
          app: 'istio-eastwestgateway',
          istio: 'eastwestgateway',
          'topology.istio.io/network': 'network1',
        },
      },
      spec: {
        type: 'LoadBalancer',
        selector: { app: 'istio-eastwestgateway', istio: 'eastwestgateway' },
        ports: [
          { name: 'status-port', port: 15021, targetPort: 15021 },
          { name: 'tls', port: 15443, targetPort: 15443 },
          { name: 'tls-istiod', port: 15012, targetPort: 15012 },
          { name: 'tls-webhook', port: 15017, targetPort: 15017 },
        ],
      },
    });
  });

  test.each([null, 'canary'])('has pods for the injector of revision %s', async (revision) => {
    const workload = gatewayPart(await gateway(revision), 'workload');
    const [deployment] = workload.filter(({ kind }) => kind === 'Deployment');
    expect(deployment).toMatchObject({
      spec: {
        template: {
          metadata: {
            annotations: { 'inject.istio.io/templates': 'gateway' },
            labels: {
              'sidecar.istio.io/inject': 'true',
              ...(revision === null ? {} : { 'istio.io/rev': revision }),
            },
          },
          spec: {
            containers: [
              {
                name: 'istio-proxy',
                image: 'auto',
                readinessProbe: { periodSeconds: 1 },
                env: expect.arrayContaining([
                  { name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'network1' },
                ]),
              },
            ],
          },
        },
      },
    });
    expect(workload.map(({ kind }) => kind)).not.toContain('Service');
  });
});

describe('a gateway at the edge', () => {
  const objects = async (role: EdgeGateway): Promise<KubernetesObject[]> => {
    const operator = gatewayOperator({
      ...input('canary'),
      namespace: 'istio-system',
      revision: 'canary',
      part: 'service',
      role,
    });
    return cleanRendered(await renderer.render(VERSION, operator));
  };
  const http = [
    { name: 'http2', port: 80, targetPort: 8080 },
    { name: 'https', port: 443, targetPort: 8443 },
  ];

  test.each([
    ['ingress', 'LoadBalancer', [{ name: 'status-port', port: 15021, targetPort: 15021 }, ...http]],
    ['egress', 'ClusterIP', [...http, { name: 'tls', port: 15443, targetPort: 15443 }]],
  ] as const)(
    'has the names and ports of Istio for %s, and no network',
    async (role, type, ports) => {
      const rendered = await objects(role);
      const [service, ...more] = gatewayPart(rendered, 'service');
      const labels = { app: `istio-${role}gateway`, istio: `${role}gateway` };
      expect(more).toEqual([]);
      expect(service).toMatchObject({
        metadata: { name: `istio-${role}gateway`, namespace: 'istio-system', labels },
        spec: { type, selector: labels, ports: ports.map((port) => expect.objectContaining(port)) },
      });
      expect(service).toHaveProperty('spec.ports.length', ports.length);
      expect(JSON.stringify(rendered)).not.toMatch(/topology\.istio\.io|NETWORK_VIEW/);
    },
  );

  test('has pods for the injector of its revision', async () => {
    const [deployment] = gatewayPart(await objects('egress'), 'workload').filter(
      ({ kind }) => kind === 'Deployment',
    );
    expect(deployment).toMatchObject({
      metadata: { name: 'istio-egressgateway' },
      spec: {
        template: {
          metadata: {
            annotations: { 'inject.istio.io/templates': 'gateway' },
            labels: { 'sidecar.istio.io/inject': 'true', 'istio.io/rev': 'canary' },
          },
          spec: { containers: [{ image: 'auto', readinessProbe: { periodSeconds: 1 } }] },
        },
      },
    });
  });
});

describe('the expose objects', () => {
  test.each([null, 'canary'])('are valid to istioctl for revision %s', async (revision) => {
    const file = join(dir, `expose-${revision ?? 'default'}.json`);
    const items = [
      ...exposeControlPlaneObjects('istio-system', revision),
      ...exposeServicesObjects('istio-system'),
    ];
    writeFileSync(file, items.map((item) => JSON.stringify(item)).join('\n---\n'));
    const { stdout, stderr } = await promisify(execFile)(istioctl, ['validate', '-f', file]);
    expect(`${stdout}${stderr}`).toContain('is valid');
  });

  test("are those of Istio's samples in names, ports and hosts", () => {
    const [gateway, service] = exposeControlPlaneObjects('istio-system', null);
    expect(gateway).toMatchObject({
      metadata: { name: 'istiod-gateway' },
      spec: { selector: { istio: 'eastwestgateway' } },
    });
    expect(service).toMatchObject({
      metadata: { name: 'istiod-vs' },
      spec: {
        hosts: ['*'],
        gateways: ['istiod-gateway'],
        tls: [
          {
            match: [{ port: 15012, sniHosts: ['*'] }],
            route: [
              {
                destination: {
                  host: 'istiod.istio-system.svc.cluster.local',
                  port: { number: 15012 },
                },
              },
            ],
          },
          {
            match: [{ port: 15017, sniHosts: ['*'] }],
            route: [
              {
                destination: {
                  host: 'istiod.istio-system.svc.cluster.local',
                  port: { number: 443 },
                },
              },
            ],
          },
        ],
      },
    });
    const [, canary] = exposeControlPlaneObjects('istio-system', 'canary');
    expect(canary).toMatchObject({
      metadata: { name: 'istiod-vs-canary' },
      spec: {
        tls: [
          {
            match: [
              {
                sniHosts: [
                  'istiod-canary.istio-system.svc',
                  'istiod-canary.istio-system.svc.cluster.local',
                  'istiod-canary-remote.istio-system.svc',
                  'istiod-canary-remote.istio-system.svc.cluster.local',
                ],
              },
            ],
          },
          { route: [{ destination: { host: 'istiod-canary.istio-system.svc.cluster.local' } }] },
        ],
      },
    });
  });
});
