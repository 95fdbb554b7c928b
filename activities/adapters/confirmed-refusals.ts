import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import { describePermission } from '../planning/permissions.ts';
import type { Permission } from '../ports/cluster.ts';
import { askLackingPermissions } from './access-review.ts';
import type { ApiCall, ApiConnection } from './api-connection.ts';

/** Every refusal of authorization ends so, whichever authorizer it comes from. */
const REFUSED =
  /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;

/** The permission that a refusal says is missing; null when it says nothing of one. */
function refusedPermission(message: string): Permission | null {
  const [, verb, resource, group, namespace] = REFUSED.exec(message) ?? [];
  if (verb === undefined || resource === undefined || group === undefined) return null;
  return { verb, resource, group, ...(namespace === undefined ? {} : { namespace }) };
}

/** A refusal after the API server was asked about the permission; what it cannot be asked about stays as it is. */
async function confirmed(
  connection: ApiConnection,
  refusal: MeshFailure,
  signal: AbortSignal | undefined,
): Promise<MeshFailure> {
  const permission = refusedPermission(refusal.message);
  if (permission === null) return refusal;
  let lacking: Permission[];
  try {
    lacking = await askLackingPermissions(connection, [permission], signal);
  } catch (error) {
    if (isMeshFailure(error)) return refusal;
    throw error;
  }
  const { message, details } = refusal;
  if (lacking.length > 0)
    return new MeshFailure('Forbidden', message, {
      ...details,
      lines: [describePermission(permission)],
    });
  return new MeshFailure('ConcurrentChange', `${message}; by now it is allowed`, {
    ...details,
    cure: 'it goes on by itself',
  });
}

/**
 * Confirms every missing permission (SelfSubjectAccessReview) before it counts: one that is there again is a change in between, which is
 * retried. A token that is proved speaks for another account, which cannot be asked about.
 */
export function confirmRefusals(connection: ApiConnection): ApiConnection {
  const confirming = async <T>(
    call: ApiCall,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isMeshFailure(error) || error.type !== 'Forbidden' || call.token !== undefined)
        throw error;
      throw await confirmed(connection, error, signal);
    }
  };
  return {
    ...connection,
    send: (call, signal) => confirming(call, signal, () => connection.send(call, signal)),
    stream: (call, signal) => confirming(call, signal, () => connection.stream(call, signal)),
  };
}
