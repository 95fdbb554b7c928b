import type { JsonObject } from '../../mesh/json.ts';
import type { Permission } from '../ports/cluster.ts';
import type { ApiConnection } from './api-connection.ts';

/** Asks the API server about each permission (SelfSubjectAccessReview); answers those the worker lacks, in the order asked. */
export async function askLackingPermissions(
  connection: ApiConnection,
  permissions: Permission[],
  signal?: AbortSignal,
): Promise<Permission[]> {
  // As many at once as the connection lets through.
  const allowed = await Promise.all(
    permissions.map((permission) => isAllowed(connection, permission, signal)),
  );
  return permissions.filter((_, index) => !allowed[index]);
}

async function isAllowed(
  connection: ApiConnection,
  { group, resource, verb, namespace }: Permission,
  signal?: AbortSignal,
): Promise<boolean> {
  const [plural, subresource] = resource.split('/');
  const { body } = await connection.send(
    {
      method: 'POST',
      permit: null,
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      intent: { verb: 'create', target: `SelfSubjectAccessReview (${verb} ${resource})` },
      repeatable: true,
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: {
            group,
            resource: plural,
            verb,
            ...(subresource === undefined ? {} : { subresource }),
            ...(namespace === undefined ? {} : { namespace }),
          },
        },
      },
    },
    signal,
  );
  return ((body as JsonObject | null)?.['status'] as JsonObject | undefined)?.['allowed'] === true;
}
