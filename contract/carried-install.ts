import { flatten, inflate } from '../mesh/flat-json.ts';
import type { FlatJson } from '../mesh/flat-json.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import type { ClusterFacts } from '../mesh/plan/cluster-facts.ts';
import type { Plan, PlanStep, StepOutcome } from '../mesh/plan/plan.ts';
import { NOTHING_YET } from './fresh-step.ts';
import type { DecidedOperation } from './decisions.ts';
import type { StepProgress } from './mesh-status.ts';

/** What one run of an install or uninstall hands to the next, when its history has become too long to go on in. */
export type CarriedInstall = {
  /** ISO-8601 start of the first run. */
  startedAt: string;
  /** The plan but for its steps; null when there is none yet. */
  plan: Pick<Plan, 'digest' | 'summary'> | null;
  /** What was decided about the operation; absent when nothing holds. */
  decided?: DecidedOperation;
  /** What is left to do and where every step stands: a CarriedSteps. */
  state: FlatJson;
  /** Which clusters an install goes on without; absent when it never did. */
  quarantine?: CarriedQuarantine;
};

/** What one run of an install hands to the next about clusters that it goes on without. */
export type CarriedQuarantine = {
  /** Clusters that the plan leaves out, and since when (ISO-8601). */
  away: { name: string; since: string }[];
  /** What was read from clusters before anything was made in them, as far as it was read again since. */
  before: ClusterFacts[];
  /** Objects that steps changed before they were planned again. */
  changedBefore: number;
  /** ISO-8601 time since when clusters are looked at for a plan; absent while what was planned runs. */
  lookingSince?: string;
};

/** What is left to do, and where every step stands. */
export type CarriedSteps = {
  /** Steps that are neither done nor skipped, as they were planned. */
  open: PlanStep[];
  /** All steps in the order of display. */
  board: CarriedStep[];
};

/** A step on the board. Of its progress only what differs from a fresh step; one that is `running` was under way and goes on. */
export type CarriedStep = Pick<StepProgress, 'id' | 'cluster' | 'kind' | 'title' | 'needs'> &
  Partial<StepProgress> & {
    /** How often it was started. */
    rounds: number;
    /** What it reported, as far as later steps and screens need it; absent when nothing. */
    outcome?: Pick<
      StepOutcome,
      'facts' | 'survey' | 'leftBehind' | 'gatewayAddresses' | 'ingressAddresses'
    >;
  };

/** Longest reason of a step that is over, in characters. */
const REASON_LIMIT = 200;
/** Largest argument of a run, in characters; Temporal refuses a payload above 2 MiB. */
const INPUT_LIMIT = 1_800_000;

/** Writes what is carried beside a spec. When there are so many failures that it would not fit, their further lines stay in the history. */
export function carriedState(steps: CarriedSteps, spec: MeshSpec): FlatJson {
  const fresh = freshSteps(steps);
  const board = steps.board.map((step) => (fresh.has(step.id) ? { id: step.id } : step));
  const state = flatten({ ...steps, board });
  if (JSON.stringify(state).length + JSON.stringify(spec).length <= INPUT_LIMIT) return state;
  const clipped = steps.board.map(({ lines: _lines, cure: _cure, ...step }) =>
    fresh.has(step.id)
      ? { id: step.id }
      : { ...step, ...(step.reason == null ? {} : { reason: clip(step.reason) }) },
  );
  return flatten({ ...steps, board: clipped });
}

/** Ids of the open steps with which nothing was done yet: what the plan says of them is all. */
function freshSteps({ open, board }: CarriedSteps): Set<string> {
  const planned = new Set(open.map((step) => step.id));
  return new Set(
    board
      .filter(({ id, rounds, state }) => planned.has(id) && rounds === 0 && state === undefined)
      .map(({ id }) => id),
  );
}

/** Reads what is carried. */
export function carriedSteps({ state }: CarriedInstall): CarriedSteps {
  const { open, board } = inflate(state) as CarriedSteps;
  const planned = new Map(open.map((step) => [step.id, step]));
  return {
    open,
    board: board.map((step) => {
      const plan = step.rounds === undefined ? planned.get(step.id) : undefined;
      if (plan === undefined) return step;
      const { id, cluster, kind, title, needs } = plan;
      return { id, cluster, kind, title, needs, rounds: 0 };
    }),
  };
}

/** What is carried of a step. */
export function carriedStep(
  step: StepProgress,
  rounds: number,
  outcome: StepOutcome | undefined,
): CarriedStep {
  const { id, cluster, kind, title, needs, ...rest } = step;
  const progress = Object.fromEntries(
    Object.entries(rest).filter(
      ([key, value]) =>
        JSON.stringify(value) !== JSON.stringify(NOTHING_YET[key as keyof typeof NOTHING_YET]),
    ),
  ) as Partial<StepProgress>;
  const { facts, survey, leftBehind, gatewayAddresses, ingressAddresses } = outcome ?? {};
  const reported = {
    ...(facts === undefined ? {} : { facts }),
    ...(survey === undefined ? {} : { survey }),
    ...(leftBehind === undefined ? {} : { leftBehind }),
    ...(gatewayAddresses === undefined ? {} : { gatewayAddresses }),
    ...(ingressAddresses === undefined ? {} : { ingressAddresses }),
  };
  return {
    ...{ id, cluster, kind, title, needs, rounds },
    ...progress,
    ...(step.state === 'done' && step.reason !== null ? { reason: clip(step.reason) } : {}),
    ...(Object.keys(reported).length === 0 ? {} : { outcome: reported }),
  };
}

/** The progress of a carried step. */
export function progressOfCarried({
  rounds: _rounds,
  outcome: _outcome,
  ...step
}: CarriedStep): StepProgress {
  return { ...NOTHING_YET, ...step };
}

function clip(text: string): string {
  return text.length <= REASON_LIMIT ? text : `${text.slice(0, REASON_LIMIT - 1)}…`;
}
