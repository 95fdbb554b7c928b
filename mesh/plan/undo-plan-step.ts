import type { PlanStep } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';

/** Id of the step that plans what takes back an install. */
export const UNDO_PLAN_ID = 'mesh/undo-plan';

/** The step that plans what takes back an install. Runs inside the workflow, so nothing it imports may import zod or yaml. */
export function undoPlanStep(input: StepInputs['planUndo']): PlanStep {
  return {
    id: UNDO_PLAN_ID,
    kind: 'planUndo',
    cluster: null,
    title: 'plan of taking it back',
    needs: [],
    when: 'always',
    input,
  };
}
