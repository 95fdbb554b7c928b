import type { PlanStep } from './plan.ts';
import type { StepInputs, StepKind } from './step-inputs.ts';

/** Longest title, in characters: `<cluster> · <title>` must fit an activity's summary. */
const TITLE_LIMIT = 60;

/** Makes a step that always runs; its id is `<cluster>/<name>`, and a need that is named twice counts once. */
export function step<K extends StepKind>(
  kind: K,
  cluster: string,
  name: string,
  title: string,
  needs: string[],
  input: StepInputs[K],
): PlanStep {
  const made = {
    id: `${cluster}/${name}`,
    kind,
    cluster,
    title: title.length > TITLE_LIMIT ? `${title.slice(0, TITLE_LIMIT - 1)}…` : title,
    needs: [...new Set(needs)],
    when: 'always' as const,
    input,
  };
  // TypeScript does not see that kind and input of one K make a member of the union over all K.
  return made as PlanStep;
}

/** Ids of the steps that no other needs. */
export function leavesOf(steps: readonly PlanStep[]): string[] {
  const needed = new Set(steps.flatMap((planStep) => planStep.needs));
  return steps.map((planStep) => planStep.id).filter((id) => !needed.has(id));
}
