import type { OperationKind } from '../contract/mesh-status.ts';
import { meshWorkflowId } from '../contract/workflow-ids.ts';
import type { Member } from '../mesh/plan/member.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import { ClientFailure } from './client-failure.ts';
import type { TemporalAccess } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { fetchRecord, fetchStart } from './history/fetch-record.ts';
import { latestRun, requireInstall } from './history/find-operations.ts';
import type { Run } from './history/find-operations.ts';
import { readMeshFile } from './mesh-file.ts';
import type { AskedMesh } from './mesh-file.ts';

/** The latest operation that changed a mesh, or still does. */
export type LastOperation = AskedMesh & {
  /** Its run. */
  run: Run;
  /** Its kind. */
  kind: OperationKind;
};

/**
 * Reads the latest install or uninstall of a mesh.
 * @throws {ClientFailure} 1: there is none
 */
export async function lastOperation(access: TemporalAccess, mesh: string): Promise<LastOperation> {
  const run = await requireInstall(access, mesh);
  const start = await fetchStart(access, run.workflowId, run.runId);
  if (start === null)
    throw new ClientFailure(
      EXIT.failed,
      `workflow ${run.workflowId} is not an operation of meshwright`,
    );
  const { spec, specDigest } = start.input;
  return { run, kind: start.kind, spec, specDigest };
}

/**
 * Clusters that hold something of a mesh after its latest operation, as its history tells: what an uninstall has left, and of an install those that the
 * spec does not name. When two files share no cluster, no cluster of one remembers those of the other.
 */
export async function leftByLast(access: TemporalAccess, spec: MeshSpec): Promise<Member[]> {
  const run = await latestRun(access, meshWorkflowId(spec.name));
  if (run === null || run.open) return [];
  const start = await fetchStart(access, run.workflowId, run.runId);
  if (start?.kind !== 'install' && start?.kind !== 'uninstall') return [];
  const named = new Set(start.kind === 'install' ? spec.clusters.map(({ name }) => name) : []);
  // Most installs have the file of the last one: its whole history is not read for nothing.
  const { spec: before, remembered = [] } = start.input;
  if ([...before.clusters, ...remembered].every(({ name }) => named.has(name))) return [];
  const record = await fetchRecord(access, run.workflowId, run.runId);
  return (record?.holding ?? []).filter(({ name }) => !named.has(name));
}

/**
 * Reads a mesh file that must describe a certain mesh; `verb` is the command that asks.
 * @throws {ClientFailure} 2: it describes another one, or is not valid
 */
export async function readFileOf(mesh: string, file: string, verb: string): Promise<AskedMesh> {
  const asked = await readMeshFile(file);
  if (asked.spec.name === mesh) return asked;
  throw new ClientFailure(
    EXIT.usage,
    `${file} describes mesh "${asked.spec.name}", not "${mesh}"`,
    { cures: [`meshwright ${verb} ${asked.spec.name} -f ${file}`] },
  );
}
