import { Client, Connection } from '@temporalio/client';
import { readMeshFile } from '../../client/mesh-file.ts';
import type { InstallInput } from '../../contract/messages.ts';
import { WORKFLOWS } from '../../contract/messages.ts';
import { meshWorkflowId, TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { workflowMetadata } from '../../contract/workflow-metadata.ts';

/** Time that clusters have to answer before the others go on without them, in milliseconds; an install by command gives them a minute. */
const GRACE_MS = 5_000;

/** Starts the install of a mesh file that soon goes on without clusters which do not answer; `install` with the same file follows it. */
export async function startImpatientInstall(address: string, file: string): Promise<void> {
  const asked = await readMeshFile(file);
  const requester = { by: 'ana@laptop', reason: null };
  const input: InstallInput = { ...asked, ...requester, confirmedDigest: null, graceMs: GRACE_MS };
  const connection = await Connection.connect({ address });
  try {
    await new Client({ connection }).workflow.start(WORKFLOWS.install, {
      taskQueue: TASK_QUEUE,
      workflowId: meshWorkflowId(asked.spec.name),
      args: [input],
      ...workflowMetadata('install', asked.spec, requester),
    });
  } finally {
    await connection.close();
  }
}
