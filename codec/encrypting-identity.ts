const SUFFIX = / \(payload key ([0-9a-f]{12})\)$/u;

/** Identity of a worker that tells whoever looks at who polls whether it encrypts, and with which key; null when it does not. */
export function encryptingIdentity(own: string, keyId: string | null): string {
  return keyId === null ? own : `${own} (payload key ${keyId})`;
}

/** Id of the key that a worker of that identity encrypts with; null when it does not. */
export function payloadKeyOf(identity: string): string | null {
  return SUFFIX.exec(identity)?.[1] ?? null;
}
