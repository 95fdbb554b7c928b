import type { Sha256 } from '../canonical-json.ts';
import { planInstall } from './install-plan.ts';
import { planDigest } from './plan-digest.ts';
import type { Plan } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';
import { setAside } from './quarantine.ts';
import { undoSteps } from './undo-steps.ts';

/**
 * Plans what takes back an install, from what its prechecks read and the ids of the steps that were begun: what those write is planned once more.
 * Clusters of which nothing was read were away, so nothing was made in them. Deterministic: the same arguments give the same plan.
 */
export function planUndo(
  { spec, facts, forget, remembered, begun }: StepInputs['planUndo'],
  sha256: Sha256,
): Plan {
  const ids = new Set(begun);
  const read = new Set(facts.map(({ cluster }) => cluster));
  const missing = spec.clusters.flatMap(({ name }) => (read.has(name) ? [] : [name]));
  const away = setAside(spec, missing);
  const { steps: planned } = planInstall(spec, facts, sha256, { forget, remembered, away });
  const steps = undoSteps(
    spec,
    facts.filter(({ cluster }) => !away.includes(cluster)),
    planned.filter(({ id }) => ids.has(id)),
  );
  return { digest: planDigest(steps, sha256), summary: [], steps };
}
