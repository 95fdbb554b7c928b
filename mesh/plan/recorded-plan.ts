import { flatten, inflate } from '../flat-json.ts';
import type { Plan, PlanStep } from './plan.ts';

/** From this size on, in characters of JSON, a plan is recorded flat; below, people can read it in the Temporal UI. */
const READABLE = 400_000;

/** A plan as it crosses Temporal: a large one flat, for it says the same thousands of times and a payload holds 2 MiB. */
export function recordedPlan(plan: Plan): Plan {
  return JSON.stringify(plan).length <= READABLE
    ? plan
    : { ...plan, steps: [], flat: flatten(plan.steps) };
}

/** The plan that was recorded. */
export function planOfRecord({ flat, ...plan }: Plan): Plan {
  return flat === undefined ? plan : { ...plan, steps: inflate(flat) as PlanStep[] };
}
