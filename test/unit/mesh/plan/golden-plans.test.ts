import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { PlanStep } from '../../../../mesh/plan/plan.ts';
import { precheckSteps } from '../../../../mesh/plan/precheck-steps.ts';
import { setAside } from '../../../../mesh/plan/quarantine.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { parseMeshFile } from '../../../../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../../../../mesh/spec/spec-problem.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';
import { goldenText } from '../../../support/golden-text.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const EXAMPLES = new URL('../../../../examples/', import.meta.url);
const EXAMPLE_FILES = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));

/** Shapes that need no example file. */
const SHAPES: { [name: string]: MeshSpec } = {
  'single-cluster': aMeshSpec({ clusters: [aCluster('cluster1', 'network1')] }),
  'multi-primary-listed-networks': aMeshSpec({
    clusters: [aCluster('cluster1', 'network1'), aCluster('cluster2', 'network2')],
    networks: [
      { name: 'network1', gateways: 'meshNetworks' },
      { name: 'network2', gateways: 'meshNetworks' },
    ],
  }),
};

/** Examples in which clusters cannot be read. */
const AWAY: { [example: string]: string[] } = {
  'mixed-five-clusters': ['west1'],
  'primary-remote-mesh-networks': ['cluster2'],
  'flat-stub-services': ['west'],
  replicated: ['west'],
};

describe('the plan', () => {
  test.each(EXAMPLE_FILES)('of examples/%s is the golden one', (file) => {
    const parsed = parseMeshFile(readFileSync(new URL(file, EXAMPLES), 'utf8'), file);
    expect(parsed.ok ? [] : parsed.problems.map(formatSpecProblem)).toEqual([]);
    if (parsed.ok) expectGolden(file.replace(/\.yaml$/, ''), parsed.spec);
  });

  test.each(Object.keys(AWAY))(
    'of examples/%s.yaml with a cluster away is the golden one',
    (name) => {
      const parsed = parseMeshFile(readFileSync(new URL(`${name}.yaml`, EXAMPLES), 'utf8'), name);
      const away = parsed.ok ? setAside(parsed.spec, AWAY[name] ?? []) : [];
      expect(away).not.toEqual([]);
      if (parsed.ok) expectGolden(`away-${name}`, parsed.spec, away);
    },
  );

  test.each(Object.keys(SHAPES))('of the shape %s is the golden one', (name) => {
    expectGolden(`shape-${name}`, SHAPES[name] ?? aMeshSpec());
  });

  test('has no golden text that no file or shape stands for', () => {
    const expected = [
      ...EXAMPLE_FILES.map((file) => file.replace(/yaml$/, 'txt')),
      ...Object.keys(SHAPES).map((name) => `shape-${name}.txt`),
      ...Object.keys(AWAY).map((name) => `away-${name}.txt`),
    ];
    expect(readdirSync(new URL('golden/', import.meta.url)).sort()).toEqual(expected.sort());
  });

  test('examples begin with the modeline of their schema', () => {
    const first = EXAMPLE_FILES.map(
      (file) => readFileSync(new URL(file, EXAMPLES), 'utf8').split('\n')[0],
    );
    expect(new Set(first)).toEqual(
      new Set(['# yaml-language-server: $schema=../mesh.schema.json']),
    );
  });
});

function expectGolden(name: string, spec: MeshSpec, away: string[] = []): void {
  const root = spec.trust.source === 'existing' ? { rootFingerprint: 'ab'.repeat(32) } : {};
  const facts = factsOf(
    spec,
    Object.fromEntries(spec.clusters.map((cluster) => [cluster.name, root])),
  );
  const { summary, steps } = planInstall(spec, facts, sha256, { away });
  const text = [
    ...summary.map((line) => `# ${line}`),
    ...[...precheckSteps(spec), ...steps].map(lineOf),
    '',
  ].join('\n');
  expect(text).toBe(goldenText(new URL(`golden/${name}.txt`, import.meta.url), text));
}

function lineOf(step: PlanStep): string {
  return `${step.id} <- ${step.needs.join(', ')}`.trimEnd();
}
