import { payloadKeyOf } from '../codec/encrypting-identity.ts';
import { PAYLOAD_KEYS_VARIABLE, PayloadKeysFailure } from '../codec/payload-keys.ts';
import type { TemporalAccess } from './connection.ts';
import { readWorkerPresence } from './worker-presence.ts';

/**
 * Refuses to send a mesh in plain text where the worker encrypts: the spec would stay readable in Temporal for as long as the history does. Costs a
 * request for a command without keys.
 * @throws {PayloadKeysFailure} the worker that polled last encrypts, and this command has no keys
 */
export async function refusePlainText(access: TemporalAccess): Promise<void> {
  if (access.keyId !== null) return;
  const { identity } = await readWorkerPresence(access, Date.now());
  const keyId = payloadKeyOf(identity ?? '');
  if (keyId === null) return;
  throw new PayloadKeysFailure(
    `the worker encrypts with key ${keyId}, and ${PAYLOAD_KEYS_VARIABLE} is not set here: what this command sends could be read in Temporal; nothing was started`,
    `export ${PAYLOAD_KEYS_VARIABLE}=FILE, with the file of keys that the worker uses`,
  );
}
