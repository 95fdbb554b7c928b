import { canonicalJson } from '../canonical-json.ts';
import type { Sha256 } from '../canonical-json.ts';
import { MeshFailure } from '../failure.ts';
import type { PlanStep } from './plan.ts';

/** Hex digits of a plan's digest. */
const DIGEST_LENGTH = 12;

/** Digest of a plan, which a person confirms: the first 12 hex digits of the SHA-256 over its canonical steps. */
export function planDigest(steps: readonly PlanStep[], sha256: Sha256): string {
  return sha256(canonicalJson(steps)).slice(0, DIGEST_LENGTH);
}

/**
 * Refuses a plan that is not the one that a person confirmed; without a confirmed one any will do.
 * @throws {MeshFailure} PlanChanged, with the cure
 */
export function refuseChangedPlan(digest: string, confirmed: string | null, cure: string): void {
  if (confirmed === null || confirmed === digest) return;
  throw new MeshFailure('PlanChanged', `the plan is now ${digest}, not ${confirmed} as confirmed`, {
    cure,
  });
}
