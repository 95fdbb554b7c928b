import { ClientFailure } from './client-failure.ts';
import { EXIT } from './exit-codes.ts';
import type { Snapshot } from './live/snapshot.ts';

/** The failure of a command whose operation ended without what it was asked for. */
export function operationFailure({ progress, failure }: Snapshot, uiUrl: string): ClientFailure {
  const { mesh, operation, steps } = progress;
  const failed = steps.filter((step) => step.state === 'failed' && step.failure !== null);
  const lines = failed.flatMap((step) => [
    `${step.id}: ${step.reason ?? step.failure}`,
    ...step.lines.map((line) => `  ${line}`),
  ]);
  const cures = new Set(failed.flatMap((step) => step.cure ?? []));
  const why = failure === null || failed.length > 0 ? '' : `: ${failure.message}`;
  return new ClientFailure(
    EXIT.failed,
    operation.state === 'canceled'
      ? `the ${operation.kind} of ${mesh} was canceled`
      : `the ${operation.kind} of ${mesh} failed${why}`,
    {
      lines: [...(failed.length > 0 ? lines : (failure?.lines ?? [])), `UI: ${uiUrl}`],
      cures: cures.size > 0 ? [...cures] : failure?.cure ? [failure.cure] : [],
    },
  );
}
