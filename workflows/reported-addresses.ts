import type { ClusterStatus } from '../contract/mesh-status.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';

/**
 * A cluster with the addresses that its steps reported last. `outcomes` are those of its own steps in the order of the plan: later ones know better than the
 * precheck, which saw the cluster before anything was done.
 */
export function withReportedAddresses(
  cluster: ClusterStatus,
  outcomes: readonly StepOutcome[],
): ClusterStatus {
  const latest = (of: (outcome: StepOutcome) => string[] | undefined): string[] =>
    outcomes.reduce<string[]>((found, outcome) => of(outcome) ?? found, []);
  return {
    ...cluster,
    gatewayAddresses: latest(
      (outcome) => outcome.gatewayAddresses ?? outcome.facts?.gatewayAddresses,
    ),
    ingressAddresses: latest((outcome) => outcome.ingressAddresses),
  };
}
