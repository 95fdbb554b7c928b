import { describe, expect, test } from '@jest/globals';
import { exportAddresses } from '../../../../mesh/istio/export-address.ts';
import { exportComponent, importComponent } from '../../../../mesh/istio/export-names.ts';
import { exportObjects } from '../../../../mesh/istio/export-objects.ts';
import { type ImportedService, importObjects } from '../../../../mesh/istio/import-objects.ts';
import { servicePorts } from '../../../../mesh/istio/service-ports.ts';
import type { ExportSpec } from '../../../../mesh/spec/mesh-spec.ts';

const entry = (service: string, address: string | null = null): ExportSpec => ({
  cluster: 'cluster2',
  namespace: 'bar',
  service,
  to: ['cluster1'],
  through: 'direct',
  address,
  subsets: [],
});
const imported: ImportedService = {
  name: 'import-httpbin.bar',
  namespace: 'istio-system',
  host: 'httpbin.bar.global',
  ownHost: 'httpbin.bar.svc.cluster.local',
  address: '240.0.0.2',
  ports: [{ name: 'http', number: 8000, protocol: 'HTTP' }],
  gateways: ['198.18.2.1'],
  subsets: ['v1'],
  throughEgress: false,
};
const find = (objects: ReturnType<typeof importObjects>, kind: string, name: string): object =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)?.[
    'spec'
  ] as object;

describe('an exported service', () => {
  test('opens the gateway for its own name alone, and for its subsets to the gateway alone', () => {
    const [gateway, rule] = exportObjects({
      name: 'export-httpbin.bar',
      namespace: 'istio-system',
      host: 'httpbin.bar.svc.cluster.local',
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    });
    expect(gateway?.['spec']).toEqual({
      selector: { istio: 'eastwestgateway' },
      servers: [
        {
          port: { number: 15443, name: 'tls', protocol: 'TLS' },
          tls: { mode: 'AUTO_PASSTHROUGH' },
          hosts: ['httpbin.bar.svc.cluster.local'],
        },
      ],
    });
    expect(rule?.['spec']).toMatchObject({ exportTo: ['.'], subsets: [{ name: 'v1' }] });
  });

  test('is called at the owner’s gateway, under the name by which that gateway knows it', () => {
    const objects = importObjects(imported);
    expect(objects).toHaveLength(2);
    expect(find(objects, 'ServiceEntry', 'import-httpbin.bar')).toMatchObject({
      hosts: ['httpbin.bar.global'],
      addresses: ['240.0.0.2'],
      resolution: 'STATIC',
      endpoints: [{ address: '198.18.2.1', ports: { http: 15443 } }],
    });
    const tls = (sni: string): object => ({
      portLevelSettings: [{ port: { number: 8000 }, tls: { mode: 'ISTIO_MUTUAL', sni } }],
    });
    expect(find(objects, 'DestinationRule', 'import-httpbin.bar')).toEqual({
      host: 'httpbin.bar.global',
      trafficPolicy: tls('outbound_.8000_._.httpbin.bar.svc.cluster.local'),
      subsets: [
        { name: 'v1', trafficPolicy: tls('outbound_.8000_.v1_.httpbin.bar.svc.cluster.local') },
      ],
    });
  });

  test('has an endpoint for each address of the gateway, looked up where they are names', () => {
    const gateways = ['a.example.com', 'b.example.com'];
    expect(
      find(importObjects({ ...imported, gateways }), 'ServiceEntry', 'import-httpbin.bar'),
    ).toMatchObject({
      resolution: 'DNS',
      endpoints: [{ address: 'a.example.com' }, { address: 'b.example.com' }],
    });
  });

  test('goes through the egress gateway where it must, which alone knows the owner’s', () => {
    const objects = importObjects({ ...imported, throughEgress: true });
    expect(find(objects, 'ServiceEntry', 'import-httpbin.bar')).toMatchObject({
      endpoints: [{ address: 'istio-egressgateway.istio-system.svc.cluster.local' }],
    });
    expect(find(objects, 'ServiceEntry', 'import-httpbin.bar-egress')).toMatchObject({
      hosts: ['httpbin.bar.svc.cluster.local'],
      exportTo: ['.'],
      endpoints: [{ address: '198.18.2.1', labels: { 'security.istio.io/tlsMode': 'istio' } }],
    });
    expect(find(objects, 'Gateway', 'import-httpbin.bar-egress')).toMatchObject({
      selector: { istio: 'egressgateway' },
    });
    expect(find(objects, 'DestinationRule', 'import-httpbin.bar-egress')).toEqual({
      host: 'httpbin.bar.svc.cluster.local',
      exportTo: ['.'],
      subsets: [{ name: 'v1' }],
    });
  });

  test('has an address that follows from its name, whatever else is exported', () => {
    const alone = exportAddresses([entry('httpbin')]).get('httpbin.bar.global');
    expect(alone).toMatch(/^240\.\d+\.\d+\.\d+$/);
    const many = exportAddresses(
      Array.from({ length: 2000 }, (_, index) => entry(`s${index}`)).concat(entry('httpbin')),
    );
    expect(many.get('httpbin.bar.global')).toBe(alone);
    expect(new Set(many.values()).size).toBe(2001);
    // 240.240.0.0/16 is istiod's own
    expect(
      Math.max(...[...many.values()].map((address) => Number(address.split('.')[1]))),
    ).toBeLessThan(128);
    const kept = exportAddresses([entry('other', alone), entry('httpbin')]);
    expect(kept.get('other.bar.global')).toBe(alone);
    expect(kept.get('httpbin.bar.global')).not.toBe(alone);
  });
});

test('a port of an export speaks what the owner’s istiod takes it to speak, else what the sidecar finds out', () => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'grpc-api', port: 81 },
    { name: 'grpc-web-api', port: 82 },
    { name: 'x', port: 83, appProtocol: 'kubernetes.io/h2c' },
    { name: 'tcp-x', port: 84 },
    { name: 'web', port: 85 },
    { port: 86 },
    { name: 'db', port: 3306 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports } };
  expect(servicePorts(service).map(({ name, protocol }) => `${name} ${protocol}`)).toEqual([
    'http HTTP',
    'grpc-api GRPC',
    'grpc-web-api GRPC-Web',
    'x HTTP2',
    'tcp-x TCP',
    'web null',
    '86 null',
    'db TCP',
  ]);
});

test('components of exports are named for the service, and fit a label however long that is', () => {
  const entry = { service: 'httpbin', namespace: 'bar' };
  expect([exportComponent(entry), importComponent(entry)]).toEqual([
    'export-httpbin.bar',
    'import-httpbin.bar',
  ]);
  const long = (last: string): string =>
    exportComponent({ service: 's'.repeat(62) + last, namespace: 'n'.repeat(63) });
  expect(long('a')).toMatch(/^[a-z0-9][-a-z0-9.]{0,61}[a-z0-9]$/);
  expect(long('a')).not.toBe(long('b'));
});
