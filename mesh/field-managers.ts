import type { KubernetesObject } from './kubernetes-object.ts';

/** What the names of all field managers of meshwright begin with. */
const OURS = 'meshwright';

/** Whether a field manager is one of meshwright's. */
export function isOurManager(manager: string | undefined): boolean {
  return manager?.startsWith(OURS) === true;
}

/** Whether one of meshwright's managers owns fields of an object. */
export function isOurs({ metadata }: KubernetesObject): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => isOurManager(manager));
}

/** Names of those who own fields of an object, in the order of their writing; who only writes a subresource, such as its status, has not made it. */
export function makersOf({ metadata }: KubernetesObject): string[] {
  const makers = (metadata.managedFields ?? []).filter(
    ({ subresource }) => subresource === undefined,
  );
  return [...new Set(makers.flatMap(({ manager }) => manager ?? []))].filter((name) => name !== '');
}
