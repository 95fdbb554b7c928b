import { exportComponent, importComponent, ownHost } from '../../mesh/istio/export-names.ts';
import { exportObjects } from '../../mesh/istio/export-objects.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import { importedObjects, refuseTwin, requireOwner } from './exported-service.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `applyExport`: opens the owner's east-west gateway for one service, and for the subsets of it that callers may choose.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `export-<service>.<namespace>`.
 * Heartbeats: no; two requests.
 * Fails with: FieldConflict, InvalidObject, and what requests fail with; a validating webhook that does not answer yet is ApiUnavailable.
 */
export function createApplyExport(
  ports: StepPorts,
): (input: StepInputs['applyExport']) => Promise<StepOutcome> {
  return async ({ cluster: ref, mesh, namespace, service, subsets }) => {
    const cluster = await ports.clusters.open(ref);
    const name = exportComponent(service);
    return applyComponent(
      cluster,
      { mesh, namespace, name },
      exportObjects({ name, namespace, host: ownHost(service), subsets }),
    );
  };
}

/**
 * Makes `applyImport`: lets a cluster call a service of another one by its `.global` name, at the gateway's addresses as they are now.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `import-<service>.<namespace>`.
 * Heartbeats: no; a handful of requests.
 * Fails with: PrecheckFailed when the owner has no such Service or a local twin is in the way, WaitTimedOut when its gateway has no address,
 * FieldConflict, InvalidObject, and what requests fail with.
 */
export function createApplyImport(
  ports: StepPorts,
): (input: StepInputs['applyImport']) => Promise<StepOutcome> {
  return async ({ mesh, ...input }) => {
    const cluster = await ports.clusters.open(input.cluster);
    await refuseTwin(cluster, input);
    const { service, gateways } = await requireOwner(ports, input);
    const component = { mesh, namespace: input.namespace, name: importComponent(input.service) };
    const outcome = await applyComponent(
      cluster,
      component,
      importedObjects(input, service, gateways),
    );
    return { ...outcome, summary: `${outcome.summary}, at ${gateways.join(', ')}` };
  };
}
