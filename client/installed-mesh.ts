import type { OperationKind } from '../contract/mesh-status.ts';
import { ClientFailure } from './client-failure.ts';
import type { TemporalAccess } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { fetchRecord } from './history/fetch-record.ts';
import type { OperationRecord } from './history/operation-record.ts';
import { lastOperation } from './last-operation.ts';
import type { AskedMesh } from './mesh-file.ts';

/**
 * The mesh as its last install was asked for.
 * @throws {ClientFailure} 1: it was never installed, its last operation has taken it away, or does
 */
export async function installedMesh(access: TemporalAccess, mesh: string): Promise<AskedMesh> {
  const { run, kind, spec, specDigest } = await lastOperation(access, mesh);
  const record = await fetchRecord(access, run.workflowId, run.runId);
  const gone = record === null ? null : wayOut(kind, record);
  if (gone === null) return { spec, specDigest };
  throw new ClientFailure(EXIT.failed, `mesh ${mesh} ${gone}`, {
    cures: [`see by whom and when: meshwright status ${mesh}`],
  });
}

/** How a mesh has gone; null while it is there, at least in part. */
function wayOut(kind: OperationKind, { progress, spec, failure }: OperationRecord): string | null {
  const { state, finishedAt } = progress.operation;
  if (kind === 'uninstall') {
    if (finishedAt === null) return 'is being uninstalled';
    // One that was refused or canceled may have left everything as it was.
    return failure !== null || state === 'canceled' ? null : 'was uninstalled';
  }
  const emptied = new Set(
    progress.steps.flatMap((step) =>
      step.kind === 'removeCluster' && step.state === 'done' ? [step.cluster] : [],
    ),
  );
  return spec.clusters.every(({ name }) => emptied.has(name))
    ? 'is not there: its last install was taken back'
    : null;
}
