import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

/** The data of a Secret, decoded; empty when there is no Secret. Values stay in activity memory. */
export function secretData(secret: KubernetesObject | null): { [key: string]: string } {
  const data = (secret as { data?: { [key: string]: string } } | null)?.data ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  );
}

/** The data of a Secret, encoded for the API server. */
export function encodeSecretData(data: { [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value, 'utf8').toString('base64'),
    ]),
  );
}
