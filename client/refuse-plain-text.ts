import { payloadKeyOf } from '../codec/encrypting-identity.ts';
import { PAYLOAD_KEYS_VARIABLE, PayloadKeysFailure } from '../codec/payload-keys.ts';
import type { TemporalAccess } from './connection.ts';
import { readWorkerPresence } from './worker-presence.ts';
import type { WorkerPresence } from './worker-presence.ts';

/**
 * Refuses to send a mesh, or who decided what and why, in plain text where the worker encrypts: it would stay readable in Temporal for as long as the
 * history does. Costs a request for a command without keys, unless `presence` is known already.
 * @throws {PayloadKeysFailure} the worker that polled last encrypts, and this command has no keys
 */
export async function refusePlainText(
  access: TemporalAccess,
  presence?: WorkerPresence,
): Promise<void> {
  if (access.keyId !== null) return;
  const { identity } = presence ?? (await readWorkerPresence(access, Date.now()));
  const keyId = payloadKeyOf(identity ?? '');
  if (keyId === null) return;
  throw new PayloadKeysFailure(
    `the worker encrypts with key ${keyId}, and ${PAYLOAD_KEYS_VARIABLE} is not set here: what this command sends could be read in Temporal; nothing was sent`,
    `export ${PAYLOAD_KEYS_VARIABLE}=FILE, with the file of keys that the worker uses`,
  );
}
