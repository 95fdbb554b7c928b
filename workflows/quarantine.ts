import { condition, patched } from '@temporalio/workflow';
import { carriedSteps } from '../contract/carried-install.ts';
import type { InstallInput } from '../contract/messages.ts';
import type { PlanStep } from '../mesh/plan/plan.ts';
import { PLAN_STEP_ID } from '../mesh/plan/precheck-steps.ts';
import { canGoOnWithout, isPlanned, setAside } from '../mesh/plan/quarantine.ts';
import { planOfRecord } from '../mesh/plan/recorded-plan.ts';
import { outdated, withWhatWasRead } from './make-plan.ts';
import { concerns, LostClusters } from './lost-clusters.ts';
import { RunIsFull } from './run-is-full.ts';
import { resumePlan, runPlan } from './run-plan.ts';
import type { NextSteps, PlanRun, PrepareStep } from './run-plan.ts';
import { WakeUp } from './wake-up.ts';

/** Time that clusters have to answer before the others go on without them, in milliseconds. */
const GRACE_MS = 60_000;
/** Of a cluster that was lost before, an answer is awaited for so much less time: not at all would leave out those that a worker which is back has not asked yet. */
const LOST_FASTER = 6;
const NOTHING: NextSteps = { add: [], drop: [] };

/**
 * Installs as runPlan does, without clusters that do not answer: they are set aside when all others have answered and the grace time is over, and
 * are attached when they are back. Answers the digest of the last plan, which has all of them.
 * @throws {OperationFailed}, {OperationAborted} and {RunIsFull} as runPlan
 */
export async function installAround(
  run: PlanRun,
  steps: readonly PlanStep[],
  input: InstallInput,
  prepare: PrepareStep,
): Promise<string> {
  const { board } = run;
  const { carried } = input;
  const quarantine = new Quarantine(run, steps, input);
  const prepared: PrepareStep = (step, round) =>
    step.kind === 'planInstall' ? quarantine.preparePlan(step, round) : prepare(step, round);
  const next = (): NextSteps => quarantine.next();
  if (carried === undefined) await runPlan(run, steps, prepared, next);
  else {
    if (carried.plan !== null) board.planned(carried.plan);
    const open = carried.plan === null ? steps : quarantine.left(carriedSteps(carried).open);
    await resumePlan(run, open, prepared, next);
  }
  const plan = board.plan();
  if (plan === null) throw new Error(`${PLAN_STEP_ID} reported no plan`);
  return plan.digest;
}

/** Decides which clusters an install goes on without. Owned by one run, never at module level. */
class Quarantine {
  readonly #run: PlanRun;
  readonly #spec: InstallInput['spec'];
  readonly #looks: PlanStep[];
  readonly #plans: PlanStep[];
  /** A plan that a person confirmed has all clusters. */
  readonly #mayLeaveOut: boolean;
  readonly #graceMs: number;
  readonly #grace: WakeUp;
  readonly #lost: LostClusters;
  /** Clusters that were lost when the looks began. */
  #expected: readonly string[] = [];
  #isPreparing = false;

  constructor(
    run: PlanRun,
    steps: readonly PlanStep[],
    { spec, confirmedDigest, graceMs = GRACE_MS }: InstallInput,
  ) {
    this.#run = run;
    this.#spec = spec;
    this.#looks = steps.filter(({ id }) => id !== PLAN_STEP_ID);
    this.#plans = steps.filter(({ id }) => id === PLAN_STEP_ID);
    this.#mayLeaveOut = confirmedDigest === null;
    this.#graceMs = graceMs;
    this.#grace = new WakeUp(() => run.board.away.timeIsOver());
    this.#lost = new LostClusters(run, spec, graceMs);
  }

  /** What is to be done besides, now. */
  next(): NextSteps {
    const ended = this.#lost.forget();
    const next = this.#isLooking() ? this.#look() : this.#watch();
    return ended.length === 0 ? next : { ...next, drop: [...next.drop, ...ended] };
  }

  #look(): NextSteps {
    const { board } = this.#run;
    if (board.isFinished(PLAN_STEP_ID)) return this.#planned();
    const next = this.#goOnWithout();
    if (next !== 'wait') this.#endGrace();
    if (next !== 'wait' && next.add.length > 0) return next;
    return board.step(PLAN_STEP_ID)?.state === 'blocked'
      ? this.#goOnMeanwhile()
      : this.#holdPlanned();
  }

  /** Of the steps that an earlier run left, those that may start: while clusters are looked at, what was planned before and is not under way waits for the next plan. */
  left(open: readonly PlanStep[]): PlanStep[] {
    const { board } = this.#run;
    if (!this.#isLooking()) return [...open];
    return open.filter((step) => !isPlanned(step) || board.interruptedSince(step.id) !== null);
  }

  /** Gives the planner what was read, and the names of those that are set aside. */
  async preparePlan(
    step: Extract<PlanStep, { kind: 'planInstall' }>,
    round: number,
  ): Promise<PlanStep> {
    const { board } = this.#run;
    this.#isPreparing = true;
    try {
      if (round > 1) await this.#rest();
      if (round > 1) await runPlan(this.#run, outdated(this.#run, this.#looked()));
    } finally {
      this.#isPreparing = false;
    }
    const away = setAside(this.#spec, this.#missing());
    const looks = this.#looks.filter(({ cluster }) => !away.includes(cluster ?? ''));
    const ready = withWhatWasRead(this.#run, looks, step);
    if (away.length === 0 && board.away.names.length === 0) return ready;
    board.away.leaveOut(away, board.away.lookingSince ?? now());
    if (away.length === 0) return ready;
    return ready.kind === 'planInstall' ? { ...ready, input: { ...ready.input, away } } : ready;
  }

  #isLooking(): boolean {
    const { board } = this.#run;
    return board.plan() === null || board.away.lookingSince !== null;
  }

  #looked(): PlanStep[] {
    return this.#looks.filter(({ id }) => this.#run.board.isFinished(id));
  }

  #missing(): string[] {
    const missing = this.#looks.filter(({ id }) => !this.#run.board.isFinished(id));
    return missing.flatMap(({ cluster }) => cluster ?? []);
  }

  #planned(): NextSteps {
    const { board } = this.#run;
    const plan = board.outcome(PLAN_STEP_ID)?.plan;
    if (plan === undefined) throw new Error(`${PLAN_STEP_ID} reported no plan`);
    const planned = planOfRecord(plan);
    const ids = new Set(planned.steps.map(({ id }) => id));
    const drop = this.#openIds().filter((id) => !ids.has(id));
    board.drop(drop);
    board.planned(planned);
    board.away.look(null);
    this.#endGrace();
    return { add: planned.steps, drop };
  }

  /** The plan without clusters that did not answer in time; `wait` while they still may. */
  #goOnWithout(): NextSteps | 'wait' {
    const { board } = this.#run;
    const { away } = board;
    const plan = board.step(PLAN_STEP_ID);
    const looks = this.#looks.flatMap(({ id }) => board.step(id) ?? []);
    if (away.lookingSince === null && looks.some(({ state }) => state !== 'pending'))
      away.look(now());
    const missing = this.#missing();
    const isOpen = !this.#isPreparing && plan?.state === 'pending';
    if (!this.#mayLeaveOut || !isOpen || missing.length === 0 || away.lookingSince === null)
      return NOTHING;
    if (!canGoOnWithout(this.#spec, missing)) return NOTHING;
    if (plan.needs.every((need) => board.isFinished(need))) return NOTHING;
    // The grace timer is a command that histories of older code do not have.
    if (!patched('quarantine')) return NOTHING;
    const isExpected = missing.every((name) => this.#expected.includes(name));
    const graceMs = isExpected ? this.#graceMs / LOST_FASTER : this.#graceMs;
    const untilMs = Date.parse(away.lookingSince) + graceMs;
    if (untilMs > Date.now()) {
      this.#beginGrace(untilMs);
      return 'wait';
    }
    return { add: this.#planAfter(this.#looked()), drop: [] };
  }

  /**
   * Another look at all that can be reached, and another plan, once a cluster is back or lost and what was planned has come to rest; null until
   * then.
   */
  #lookAgain(lost: readonly string[]): NextSteps | null {
    const { board } = this.#run;
    const { away } = board;
    const still = new Set(setAside(this.#spec, this.#missing()));
    const isBack = away.names.some((name) => !still.has(name));
    if ((!isBack && lost.length === 0) || !this.#isAtRest(lost)) return null;
    const planned = this.#looked().filter(({ cluster }) => away.since(cluster ?? '') === undefined);
    away.keepBefore(planned.flatMap(({ id }) => board.outcome(id)?.facts ?? []));
    away.look(now());
    this.#expected = lost;
    const looks = this.#looked();
    return {
      add: [...looks, ...this.#planAfter(looks)],
      drop: this.#openIds(),
      recall: this.#lost.underWay(),
    };
  }

  /** Looks again where that is due, and else for clusters that were lost; a plan that a person confirmed waits for all. */
  #watch(): NextSteps {
    const lost = this.#lost.names();
    return this.#lookAgain(lost) ?? (this.#mayLeaveOut ? this.#lost.next(lost) : NOTHING);
  }

  /**
   * While the plan with a cluster that is back waits for a person, what was planned without it goes on as soon as a person lets it: what is blocked was
   * retried or skipped.
   */
  #goOnMeanwhile(): NextSteps {
    const { board } = this.#run;
    const open = board.openSteps().filter(isPlanned);
    const canStart = ({ id, needs }: PlanStep): boolean =>
      board.isOpen(id) && needs.every((need) => board.isFinished(need));
    // Histories of older code have no step that starts here.
    if (!open.some(canStart) || !patched('go-on-while-planning')) return NOTHING;
    return { ...NOTHING, resume: open.filter(({ id }) => board.step(id)?.state !== 'running') };
  }

  /** Nothing that was planned starts while another plan is made. */
  #holdPlanned(): NextSteps {
    const { board } = this.#run;
    return {
      ...NOTHING,
      drop: this.#openIds().filter((id) => board.step(id)?.state !== 'running'),
    };
  }

  /** Waits until nothing that was planned runs. */
  async #rest(): Promise<void> {
    const { board, room } = this.#run;
    const rests = (): boolean =>
      board.steps().every((step) => !isPlanned(step) || step.state !== 'running');
    await condition(() => rests() || room.isFull);
    if (!rests()) throw new RunIsFull();
  }

  #planAfter(looks: readonly PlanStep[]): PlanStep[] {
    return this.#plans.map((step) => ({ ...step, needs: looks.map(({ id }) => id) }));
  }

  /** Whether nothing that was planned runs or can start, but for what needs a cluster that is lost: what is blocked must not hold one that is back. */
  #isAtRest(lost: readonly string[]): boolean {
    const { board } = this.#run;
    return board
      .openSteps()
      .filter(isPlanned)
      .every((step) => {
        const state = board.step(step.id)?.state;
        if (state !== 'pending') return state !== 'running';
        return concerns(step, lost) || !step.needs.every((need) => board.isFinished(need));
      });
  }

  #openIds(): string[] {
    const { board } = this.#run;
    const open = board.steps().filter((step) => isPlanned(step) && !board.isFinished(step.id));
    return open.map(({ id }) => id);
  }

  #beginGrace(atMs: number): void {
    this.#run.board.away.grant(true);
    this.#grace.at(atMs);
  }

  #endGrace(): void {
    this.#grace.cancel();
    this.#run.board.away.grant(false);
  }
}

function now(): string {
  return new Date().toISOString();
}
