import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { STEP_TIMING } from '../../contract/step-activities.ts';

/** The verification keeps the proof itself, and with a removal it goes like everything else. */
const OWN_WAY: ReadonlySet<string> = new Set(['verifyTraffic', 'removeCluster', 'releaseTrust']);

/** Where the proof of the mesh is that running attempts work on; an attempt is its context. */
const places = new WeakMap<Context, string>();

/** Keeps the system namespace that a step works on, where what it changes puts an earlier verification in doubt. */
export function proofInterceptor(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const { activityType } = context.info;
        const place = Object.hasOwn(STEP_TIMING, activityType) ? placeOf(input.args[0]) : undefined;
        if (place !== undefined && !OWN_WAY.has(activityType)) places.set(context, place);
        return next(input);
      },
    },
  };
}

/** Namespace with the proof that the attempt's writes put in doubt; null when they do not. */
export function doubtedProof(context: Context): string | null {
  return places.get(context) ?? null;
}

function placeOf(input: unknown): string | undefined {
  const { namespace, istio } = input as { namespace?: string; istio?: { namespace: string } };
  return namespace ?? istio?.namespace;
}
