import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

/**
 * Cancels the workflow that calls it, as a request from outside would. Temporal refuses a workflow's request to cancel itself, and the SDK
 * ends a workflow as Canceled only when its own state says so; the public API has no way to it (SDK 1.24, lib/internals.js: `cancelWorkflow`).
 */
export function cancelSelf(): void {
  getActivator().cancelWorkflow({});
}
