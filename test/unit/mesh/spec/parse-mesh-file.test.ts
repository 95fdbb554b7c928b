import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../../../mesh/canonical-json.ts';
import type { MeshFile } from '../../../../mesh/spec/mesh-file-schema.ts';
import type { meshSpecOfFile } from '../../../../mesh/spec/mesh-spec-of-file.ts';
import type { IstioSpec, MeshSpec, VerifySpec } from '../../../../mesh/spec/mesh-spec.ts';
import { MESH_FILE_LIMIT, parseMeshFile } from '../../../../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../../../../mesh/spec/spec-problem.ts';

const SMALLEST = `apiVersion: meshwright.dev/v1alpha1
kind: Mesh
metadata: {name: mesh1}
spec:
  istio: {version: "1.30.4"}
  networks: {network1: }
  clusters:
    - {name: cluster1, network: network1, controlPlane: primary}
`;

describe('a mesh file', () => {
  test('of the least possible content has every default filled in', () => {
    expect(specOf(SMALLEST)).toEqual({
      name: 'mesh1',
      meshId: 'mesh1',
      trustDomain: 'cluster.local',
      topology: 'multicluster',
      nameResolution: 'cluster',
      exports: [],
      istio: {
        version: '1.30.4',
        namespace: 'istio-system',
        revision: null,
        hub: null,
        tag: null,
        values: {},
        meshConfig: {},
        resources: [],
      },
      trust: { source: 'generated', home: null },
      networks: [{ name: 'network1', gateways: 'discovered' }],
      clusters: [
        {
          name: 'cluster1',
          context: 'cluster1',
          apiServer: null,
          network: 'network1',
          controlPlane: { kind: 'primary' },
          gateways: [],
          values: {},
          meshConfig: {},
        },
      ],
      timeouts: {
        gatewayAddressMs: 600_000,
        controlPlaneMs: 300_000,
        clusterSyncMs: 300_000,
        gatewayReadyMs: 300_000,
        verifyMs: 180_000,
      },
      verify: { image: 'busybox:1.37', requests: 20 },
    } satisfies MeshSpec);
  });

  test('with everything in it keeps everything', () => {
    const file = new URL('../../../../examples/three-clusters-overlays.yaml', import.meta.url);
    const spec = specOf(readFileSync(file, 'utf8'));
    expect(spec).toMatchObject({
      name: 'prod',
      meshId: 'prod-mesh',
      trustDomain: 'prod.example.com',
      trust: { source: 'generated', home: 'east' },
      networks: [
        { name: 'net-east', gateways: 'discovered' },
        { name: 'net-west', gateways: 'discovered' },
        { name: 'net-apac', gateways: 'meshNetworks' },
      ],
      timeouts: { gatewayAddressMs: 5_400_000, verifyMs: 300_000, controlPlaneMs: 300_000 },
      verify: { requests: 40 },
    });
    expect(spec.istio.hub).toBe('registry.example.com/istio');
    expect(spec.istio.meshConfig).toEqual({ accessLogFile: '/dev/stdout' });
    expect(spec.clusters[0]?.values).toEqual({ pilot: { autoscaleMin: 3 } });
    expect(spec.clusters[2]).toMatchObject({
      apiServer: 'https://api.apac.example.com:6443',
      context: 'prod-apac',
    });
    expect(spec.istio.resources).toEqual([
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { name: 'default', namespace: 'istio-system' },
        spec: { mtls: { mode: 'STRICT' } },
      },
    ]);
  });

  test('gives the same digest source however its text is written', () => {
    const parsed = parseMeshFile(SMALLEST, 'a.yaml');
    const other =
      SMALLEST.replace('kind: Mesh\n', '').replace(/\n/g, '\r\n') + 'kind: "Mesh" # moved\r\n';
    const moved = parseMeshFile(`\uFEFF${other}`, 'b.yaml');
    expect(parsed.ok && moved.ok && moved.digestSource === parsed.digestSource).toBe(true);
    expect(parsed.ok && parsed.digestSource).toBe(canonicalJson(specOf(SMALLEST)));
    expect(parsed.ok && JSON.parse(parsed.digestSource)).toEqual(specOf(SMALLEST));
  });

  test('gives another digest source when any default is changed', () => {
    const changes = [
      '{version: "1.30.5"}',
      '{version: "1.30.4", tag: x}',
      '{version: "1.30.4", values: {a: 1}}',
    ];
    const sources = [
      SMALLEST,
      ...changes.map((istio) => SMALLEST.replace('{version: "1.30.4"}', istio)),
    ].map((text) => {
      const parsed = parseMeshFile(text, 'mesh.yaml');
      return parsed.ok ? parsed.digestSource : 'refused';
    });
    expect(new Set(sources).size).toBe(sources.length);
    expect(sources).not.toContain('refused');
  });

  test('reads what aliases stand for, each a value of its own', () => {
    const text = SMALLEST.replace(
      '{version: "1.30.4"}',
      '{version: "1.30.4", values: {a: &a {b: [1]}, c: *a}}',
    );
    expect(specOf(text).istio.values).toEqual({ a: { b: [1] }, c: { b: [1] } });
  });

  test('keeps in overlays what only looks like an ambiguous scalar', () => {
    const values = {
      a: 'yes',
      b: '1.30',
      c: '017',
      d: 1.5,
      e: 100,
      f: 0,
      g: -1,
      h: null,
      i: true,
      j: '0x',
      k: 'v1_0',
      l: '10:99',
    };
    const yaml =
      '{a: "yes", b: \'1.30\', c: !!str 017, d: 1.5, e: 100.0, f: 0, g: -1, h: ~, i: true, j: 0x, k: v1_0, l: 10:99}';
    const text = SMALLEST.replace('{version: "1.30.4"}', `{version: "1.30.4", values: ${yaml}}`);
    expect(specOf(text).istio.values).toEqual(values);
  });

  test('takes the slash off an API server, which has no path', () => {
    const text = SMALLEST.replace(
      'network: network1,',
      'network: network1, apiServer: "https://API.example:6443/",',
    );
    expect(specOf(text).clusters[0]?.apiServer).toBe('https://API.example:6443');
  });

  test('says everything that is wrong at once, in the order of the file', () => {
    const text = `apiVersion: meshwright.dev/v2
kind: Mesh
metadata: {nam: x}
spec:
  istio: {version: 1.30, values: {global: {meshID: a}}}
  networks: {network1: {gateway: x}}
  clusters:
    - {name: Cluster1, network: network2, controlPlane: {remote: cluster9}}
    - {name: cluster2, network: network1, controlPlane: primary, apiServer: "https://localhost"}
  timeouts: {verify: 5}
`;
    expect(problemsIn(text).map((line) => line.replace(/: .*$/, ''))).toEqual([
      'mesh.yaml:1:13  apiVersion',
      'mesh.yaml:3:12  metadata.nam',
      'mesh.yaml:5:20  istio.version',
      'mesh.yaml:5:44  istio.values.global.meshID',
      'mesh.yaml:6:25  networks.network1.gateway',
      'mesh.yaml:8:14  clusters[0].name',
      'mesh.yaml:8:33  clusters[0].network',
      'mesh.yaml:8:66  clusters[0].controlPlane.remote',
      'mesh.yaml:9:77  clusters[1].apiServer',
      'mesh.yaml:10:22  timeouts.verify',
    ]);
  });

  test('whose YAML is torn says where, and what was misspelt before, and does not guess at the rest', () => {
    const text = SMALLEST.replace('kind: Mesh', 'knd: Mesh').replace(
      'controlPlane: primary}',
      'controlPlane: primary',
    );
    expect(problemsIn(text)).toEqual([
      'mesh.yaml:2:1  knd: unknown key; did you mean "kind"?',
      'mesh.yaml:9:1  not valid YAML: flow map in block collection must be sufficiently indented and end with a }; line it up with its neighbours',
    ]);
  });

  test.each([
    ['an empty text', ''],
    ['a comment', '# nothing yet\n'],
  ])('that is %s is refused with a place to start', (_, text) => {
    expect(problemsIn(text)).toEqual([
      'mesh.yaml:1:1  the file is empty; start from one of the files in examples/',
    ]);
  });

  test('that is too large is refused unread', () => {
    expect(problemsIn(`${SMALLEST}#${'x'.repeat(MESH_FILE_LIMIT)}`)).toEqual([
      `mesh.yaml:1:1  the file has ${SMALLEST.length + 1 + MESH_FILE_LIMIT} characters and a mesh file has 1048576 at most; shorten overlays and resources`,
    ]);
  });

  test('whose aliases multiply is refused before they do', () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'])
      levels.push(`${to}: &${to} [${`*${from},`.repeat(7)}]`);
    const problems = problemsIn(levels.join('\n'));
    expect(problems).toContainEqual(
      expect.stringContaining('the aliases of this file stand for more than 20000 values'),
    );
    expect(problems.length).toBeLessThan(20);
  });

  test.each([
    ['lists', '['.repeat(100_000)],
    ['maps', '{a: '.repeat(100_000)],
    ['list items', '- '.repeat(100_000)],
    ['keys', '? '.repeat(100_000)],
    ['closed lists', `a: ${'['.repeat(500)}${']'.repeat(500)}`],
  ])('with %s nested beyond reason is refused, and does not break the reader', (_, text) => {
    expect(problemsIn(text).join('\n')).toMatch(
      /nested (?:more than 100 levels deep|too deeply)|this key is not text/,
    );
  });

  test('of thousands of problems tells the first ones and how many are left', () => {
    const values = `{${Array.from({ length: 1000 }, (_, index) => `k${index}: yes`).join(', ')}}`;
    const problems = problemsIn(
      SMALLEST.replace('{version: "1.30.4"}', `{version: "1.30.4", values: ${values}}`),
    );
    expect(problems).toHaveLength(201);
    expect(problems[200]).toMatch(
      /^mesh\.yaml:5:\d+ {2}800 more problems from here on; cure those above first$/,
    );
  });

  test('of any garbage is refused, never thrown at', () => {
    const pieces = [
      SMALLEST,
      'spec:\n',
      '  - ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '&a ',
      '*a',
      '"',
      "'",
      '|',
      '>',
      '#',
      '!',
      '%',
      '@',
      '\t',
      '\n',
      '\u0000',
      '---\n',
      '? ',
      '<<: ',
    ];
    let state = 1;
    const next = (limit: number): number => {
      // A fixed linear congruential sequence: the same garbage in every run.
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % limit;
    };
    for (let round = 0; round < 300; round += 1) {
      const at = next(SMALLEST.length);
      const garbage = Array.from(
        { length: 1 + next(6) },
        () => pieces[1 + next(pieces.length - 1)] ?? '',
      ).join('');
      const text = SMALLEST.slice(0, at) + garbage + SMALLEST.slice(at + next(4));
      const parsed = parseMeshFile(text, 'mesh.yaml');
      if (parsed.ok) continue;
      expect(parsed.problems.length).toBeGreaterThan(0);
      for (const { line, column, message, cure } of parsed.problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(message).not.toBe('');
        expect(cure).not.toBe('');
      }
    }
  });
});

/** True only where two types are the same, optional and readonly properties included. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

test('what the schema lets through is a MeshSpec, key by key, by proof of the compiler', () => {
  const file: Same<ReturnType<typeof meshSpecOfFile>, MeshSpec> = true;
  const istio: Same<keyof MeshFile['spec']['istio'], keyof IstioSpec> = true;
  const overlays: Same<
    Pick<MeshFile['spec']['istio'], 'values' | 'tag'>,
    Pick<IstioSpec, 'values' | 'tag'>
  > = true;
  const verify: Same<MeshFile['spec']['verify'], VerifySpec> = true;
  const timeouts: Same<`${keyof MeshFile['spec']['timeouts']}Ms`, keyof MeshSpec['timeouts']> =
    true;
  expect([file, istio, overlays, verify, timeouts]).not.toContain(false);
});

function specOf(text: string): MeshSpec {
  const parsed = parseMeshFile(text, 'mesh.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatSpecProblem).join('\n'));
  return parsed.spec;
}

function problemsIn(text: string): string[] {
  const parsed = parseMeshFile(text, 'mesh.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatSpecProblem);
}
