import { MeshFailure } from '../../mesh/failure.ts';
import type { Cluster, Permission } from '../ports/cluster.ts';

/** A permission in words, e.g. `patch deployments.apps in namespace istio-system`. */
export function describePermission({ verb, group, resource, namespace }: Permission): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/**
 * Refuses a cluster in which the worker may not do what is needed. Asks one question first: an administrator may do everything, and then the
 * other hundred need no asking.
 * @throws {MeshFailure} Forbidden with every permission that is lacking
 */
export async function requirePermissions(
  cluster: Cluster,
  context: string,
  needed: Permission[],
): Promise<void> {
  const everything = await cluster.lackingPermissions([{ group: '*', resource: '*', verb: '*' }]);
  if (everything.length === 0) return;
  const lacking = await cluster.lackingPermissions(needed);
  if (lacking.length === 0) return;
  const lines = lacking.map(describePermission);
  throw new MeshFailure(
    'Forbidden',
    `the worker lacks ${lacking.length} permissions in ${cluster.name}: ${lines.slice(0, 3).join('; ')}${lines.length > 3 ? '; …' : ''}`,
    {
      cluster: cluster.name,
      cure: `grant them to the account of ${context}, then retry`,
      lines: lines.length > 10 ? [...lines.slice(0, 9), `and ${lines.length - 9} more`] : lines,
    },
  );
}
