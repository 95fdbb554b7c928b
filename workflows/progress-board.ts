import type {
  ClusterStatus,
  MeshProgress,
  OperationKind,
  OperationState,
  OperationStatus,
} from '../contract/mesh-status.ts';
import type { CarriedQuarantine, CarriedStep } from '../contract/carried-install.ts';
import type { DecidedOperation } from '../contract/decisions.ts';
import type { Plan, PlanStep, StepOutcome } from '../mesh/plan/plan.ts';
import { operationState } from '../contract/operation-state.ts';
import { AwayClusters } from './away-clusters.ts';
import { OperationDecisions } from './operation-decisions.ts';
import { withReportedAddresses } from './reported-addresses.ts';
import { now, StepBoard } from './step-board.ts';

/** What is kept of a plan beside its steps. */
type PlanHead = Pick<Plan, 'digest' | 'summary'>;

/** What is known of an operation when it starts. */
export type OperationFacts = {
  /** Mesh name. */
  mesh: string;
  /** Kind, ids and start; its state is kept by the board. */
  operation: Pick<OperationStatus, 'kind' | 'workflowId' | 'runId' | 'firstRunId' | 'startedAt'>;
  /** Clusters in the order of the file. */
  clusters: ClusterStatus[];
  /** Who started it and why. */
  startedBy: { by: string; reason: string | null };
};

/** Where one operation and its steps stand. Owned by one workflow run, so it must never live at module level. */
export class ProgressBoard extends StepBoard {
  /** What people decided about the operation as a whole. */
  readonly decisions: OperationDecisions;
  /** Clusters that the operation goes on without. */
  readonly away: AwayClusters;
  readonly #facts: OperationFacts;
  #plan: PlanHead | null = null;
  #end: { state: OperationState; at: string } | null = null;
  #version = 0;

  /** Makes a board without steps, or with those that an earlier run of the operation knew. */
  constructor(
    facts: OperationFacts,
    carried: readonly CarriedStep[] = [],
    decided: DecidedOperation = {},
    quarantine?: CarriedQuarantine,
  ) {
    super(carried);
    this.#facts = facts;
    this.away = new AwayClusters(quarantine);
    this.decisions = new OperationDecisions(decided);
  }

  /** Grows with every change, so that whoever waits for one can tell. */
  override get version(): number {
    return super.version + this.#version + this.decisions.version + this.away.version;
  }

  /** Mesh name. */
  get mesh(): string {
    return this.#facts.mesh;
  }

  /** Kind of operation. */
  get kind(): OperationKind {
    return this.#facts.operation.kind;
  }

  /** Adds steps as StepBoard does; what those had changed that are done again counts for the operation all the same. */
  override add(steps: readonly PlanStep[]): number {
    const forgotten = super.add(steps);
    this.away.countBefore(forgotten);
    return forgotten;
  }

  /** Keeps the plan's digest and summary. */
  planned({ digest, summary }: PlanHead): void {
    this.#plan = { digest, summary };
    this.#version += 1;
  }

  /** Digest and summary of the plan; null before there is one. */
  plan(): PlanHead | null {
    return this.#plan;
  }

  /** Objects changed so far over all steps. */
  changed(): number {
    return this.steps().reduce((sum, step) => sum + step.changed, this.away.changedBefore);
  }

  /** Ends the operation; the first end counts. What is blocked then has failed: nobody can retry it any more. */
  finish(state: OperationState): void {
    if (this.#end !== null) return;
    this.#end = { state, at: now() };
    this.giveUpBlocked();
    this.#version += 1;
  }

  /** State of the operation: `paused` while a person wants it so, `blocked` as operationState says. */
  state(): OperationState {
    if (this.#end !== null) return this.#end.state;
    if (this.decisions.holds.paused !== undefined) return 'paused';
    return operationState(this.steps(), this.away);
  }

  /** The answer of the progress query. */
  progress(): MeshProgress {
    const { mesh, operation, clusters, startedBy } = this.#facts;
    return {
      mesh,
      operation: {
        ...operation,
        state: this.state(),
        finishedAt: this.#end?.at ?? null,
        ...this.decisions.holds,
      },
      steps: this.steps(),
      clusters: clusters.map((cluster) => ({
        ...withReportedAddresses(cluster, this.#outcomesOf(cluster.name)),
        ...this.away.of(cluster.name),
      })),
      planDigest: this.#plan?.digest ?? null,
      planSummary: this.#plan?.summary ?? [],
      ...(this.away.changedBefore === 0 ? {} : { changedBefore: this.away.changedBefore }),
      startedBy,
    };
  }

  #outcomesOf(cluster: string): StepOutcome[] {
    return this.steps()
      .filter((step) => step.cluster === cluster)
      .flatMap(({ id }) => this.outcome(id) ?? []);
  }
}
