import { ClientFailure } from '../client-failure.ts';
import { EXIT } from '../exit-codes.ts';
import { shortRun } from '../render/step-text.ts';
import type { OperationRun } from './read-chain.ts';

/** From so many runs on that begin as asked, it was too little that was asked. */
export const MISTAKEN = 20;

/** Whether a run is meant by the beginning of an id. */
export function isMeant({ runId }: { runId: string }, wanted: string): boolean {
  return runId.startsWith(wanted.toLowerCase());
}

/** The failure of a command about a run that is not there, or is not the only one that begins as asked, in Temporal or in an exported file. */
export function noSuchRun(
  mesh: string,
  wanted: string,
  runs: readonly Omit<OperationRun, 'events'>[],
  file?: string,
): ClientFailure {
  const found = runs.filter((run) => isMeant(run, wanted));
  const isMany = found.length > 1;
  return new ClientFailure(
    EXIT.failed,
    isMany
      ? `${found.length} runs of ${mesh} begin with "${wanted}"`
      : `mesh ${mesh} has no run "${wanted}"`,
    {
      lines: (isMany ? found : runs)
        .slice(0, 10)
        .map(({ runId, workflowId }) => `${isMany ? runId : shortRun(runId)}  ${workflowId}`),
      cures: [`meshwright history ${file === undefined ? mesh : `--from ${file}`} lists the runs`],
    },
  );
}
