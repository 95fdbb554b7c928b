import type { Plan } from '../../mesh/plan/plan.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { columns, painted } from './look.ts';
import type { Line, Look } from './look.ts';
import { count } from './step-text.ts';
import { table } from './table.ts';

/** What `plan -o json` prints. Fields are only ever added. */
export function planDocument(spec: MeshSpec, specDigest: string, plan: Plan): object {
  return {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'InstallPlan',
    mesh: spec.name,
    digest: plan.digest,
    specDigest,
    summary: plan.summary,
    steps: plan.steps.map(({ id, kind, cluster, title, needs, when }) => ({
      id,
      kind,
      cluster,
      title,
      needs,
      when,
    })),
  };
}

/** Renders a plan: facts first, then the steps of each cluster; `wide` lists every step with what it needs. */
export function renderPlan(spec: MeshSpec, plan: Plan, wide: boolean, look: Look): Line[] {
  return [
    ...renderSummary(plan.summary),
    [],
    ...(wide ? stepTable(plan, look) : laneTable(spec, plan, look)),
    [],
    planLine(plan),
  ];
}

/** Renders the facts of a plan: the name of each line in one column, what is said of it in another. */
export function renderSummary(summary: readonly string[]): Line[] {
  const [head = '', ...rest] = summary;
  const split = rest.map((line) => {
    const at = line.indexOf(' · ');
    return at < 0
      ? { name: line, text: '' }
      : { name: line.slice(0, at), text: line.slice(at + 3) };
  });
  const width = Math.max(0, ...split.map(({ name }) => columns(name)));
  return [
    [painted(head, 'bold')],
    ...split.map(({ name, text }): Line => ['  ', name.padEnd(width), '   ', text]),
  ];
}

function laneTable(spec: MeshSpec, plan: Plan, look: Look): Line[] {
  const rows = [...spec.clusters.map((cluster) => cluster.name as string | null), null].flatMap(
    (cluster) => {
      const steps = plan.steps.filter((step) => step.cluster === cluster);
      return steps.length === 0
        ? []
        : [[cluster ?? 'mesh', String(steps.length), steps.map((step) => step.title).join(' · ')]];
    },
  );
  return table(['CLUSTER', 'STEPS', 'WHAT'], rows, look).map((line) => ['  ', ...line]);
}

function stepTable(plan: Plan, look: Look): Line[] {
  const rows = plan.steps.map((step) => [
    step.id,
    step.kind,
    step.when === 'changed' ? 'if changed' : 'always',
    step.needs.join(', '),
  ]);
  return table(['STEP', 'KIND', 'RUNS', 'NEEDS'], rows, look).map((line) => ['  ', ...line]);
}

function planLine(plan: Plan): Line {
  return [
    `Plan ${plan.digest} · ${count(plan.steps.length, 'step')}, each starts as soon as what it needs is done`,
  ];
}
