/** Task queue that workers poll for workflows and activities. */
export const TASK_QUEUE = 'meshwright';

/**
 * Workflow id of the one mutating operation a mesh may have at a time.
 * No `/` in ids: it breaks links of the Temporal UI.
 */
export function meshWorkflowId(mesh: string): string {
  return `mesh-${mesh}`;
}

/** Workflow id of a verification, which changes nothing in the mesh and so may run beside an operation. */
export function verifyWorkflowId(mesh: string): string {
  return `mesh-${mesh}-verify`;
}

/** Workflow id of a plan made for show. */
export function planWorkflowId(mesh: string): string {
  return `mesh-${mesh}-plan`;
}

/** Workflow id of what follows a mesh's addresses after its install. */
export function syncWorkflowId(mesh: string): string {
  return `mesh-${mesh}-sync`;
}
