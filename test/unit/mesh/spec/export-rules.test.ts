import { describe, expect, test } from '@jest/globals';
import { problemsIn } from '../../../support/refused-mesh-file.ts';

/** A replicated mesh of three clusters with the given exports. */
const file = (
  exports: string,
  more = 'topology: replicated',
): string => `apiVersion: meshwright.dev/v1alpha1
kind: Mesh
metadata: {name: mesh1}
spec:
  ${more}
  istio: {version: "1.30.4"}
  networks: {n1: {}, n2: {}, n3: {}}
  clusters:
    - {name: c1, network: n1, controlPlane: primary, gateways: [egress]}
    - {name: c2, network: n2, controlPlane: primary}
    - {name: c3, network: n3, controlPlane: primary}
  exports:
${exports}
`;
const entry = (more: string, service = 'httpbin'): string =>
  `    - {cluster: c2, namespace: bar, service: ${service}${more}}`;

describe('exports of a mesh file', () => {
  test('may say no more than what is exported', () => {
    expect(problemsIn(file(entry('')))).toEqual([]);
    expect(
      problemsIn(
        file(
          entry(
            ', to: [c1], through: egressGateway, address: 240.0.0.2, subsets: {v1: {version: v1}}',
          ),
        ),
      ),
    ).toEqual([]);
  });

  test.each<[string, string, string]>([
    [
      'without replicated control planes',
      file(entry(''), 'meshID: m'),
      'exports: only a replicated mesh has exports',
    ],
    [
      'of a cluster that is not there',
      file('    - {cluster: c9, namespace: bar, service: a}'),
      'exports[0].cluster: there is no cluster "c9" in clusters',
    ],
    [
      'to a cluster that is not there',
      file(entry(', to: [c9]')),
      'exports[0].to[0]: there is no cluster "c9"',
    ],
    ['to the owner', file(entry(', to: [c2]')), 'exports[0].to[0]: "c2" owns the service itself'],
    [
      'twice to one cluster',
      file(entry(', to: [c1, c1]')),
      'exports[0].to[1]: "c1" is there twice',
    ],
    [
      'of two services under one name',
      file(`${entry('')}\n    - {cluster: c1, namespace: bar, service: httpbin}`),
      'exports[1].service: the name httpbin.bar.global is that of exports[0] too',
    ],
    [
      'of two services at one address',
      file(`${entry(', address: 240.0.0.2')}\n${entry(', address: 240.0.0.2', 'b')}`),
      'exports[1].address: the address 240.0.0.2 is that of exports[0] too',
    ],
    [
      'at an address that sidecars do not capture',
      file(entry(', address: 127.255.0.2')),
      'exports[0].address: "127.255.0.2" is not an address of 240.0.0.0/4',
    ],
    [
      'at an address that istiod gives out',
      file(entry(', address: 240.240.0.2')),
      'outside of 240.240.0.0/16',
    ],
    [
      'through egress gateways that are not there',
      file(entry(', through: egressGateway')),
      'exports[0].through: "egressGateway" needs an egress gateway in c3',
    ],
    [
      'with a subset of every pod',
      file(entry(', subsets: {v1: {}}')),
      'exports[0].subsets.v1: subset "v1" has no labels',
    ],
  ])('are refused %s', (_, text, says) => {
    const problems = problemsIn(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(says);
  });

  test('go with networks that list nothing', () => {
    const text = file(entry('')).replace('n1: {}', 'n1: {gateways: meshNetworks}');
    expect(problemsIn(text)).toEqual([expect.stringContaining('no use in a replicated mesh')]);
  });
});
