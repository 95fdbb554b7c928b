import { MeshFailure } from '../failure.ts';
import { flatten } from '../flat-json.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { PlanStep } from './plan.ts';

/**
 * Largest plan with its spec and where every step stands, in characters of flat JSON: what a long install hands from run to run.
 * Temporal refuses a payload above 2 MiB.
 */
const PLAN_LIMIT = 1_800_000;
/** What is handed on of where one step stands beyond what its plan takes, in characters: the plan of a step that is done is not. */
const PROGRESS_OF_STEP = 40;
/** Steps that may be started with one message to Temporal, see workflows/run-plan.ts; waits carry next to nothing. */
const AT_ONCE = 64;
/** Largest inputs of so many steps, in characters of JSON. Temporal refuses a message above 4 MB. */
const AT_ONCE_LIMIT = 1_500_000;

/**
 * Refuses a plan that Temporal cannot carry.
 * @throws {MeshFailure} InvalidMeshSpec with its size.
 */
export function refuseLargePlan(spec: MeshSpec, steps: readonly PlanStep[]): void {
  const size =
    JSON.stringify(spec).length +
    JSON.stringify(flatten(steps)).length +
    steps.length * PROGRESS_OF_STEP;
  if (size > PLAN_LIMIT) {
    throw tooLarge(`the plan has ${size} characters and Temporal carries ${PLAN_LIMIT} at most`);
  }
  const inputs = steps.map(({ input }) => JSON.stringify(input).length).sort((a, b) => b - a);
  const atOnce = inputs.slice(0, AT_ONCE).reduce((sum, length) => sum + length, 0);
  if (atOnce > AT_ONCE_LIMIT) {
    throw tooLarge(
      `steps that start together have ${atOnce} characters and Temporal carries ${AT_ONCE_LIMIT} at most`,
    );
  }
}

function tooLarge(message: string): MeshFailure {
  return new MeshFailure('InvalidMeshSpec', message, {
    cure: 'shorten values, meshConfig and resources, which the plan holds for every cluster, or name fewer clusters',
  });
}
