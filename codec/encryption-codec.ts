import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { PAYLOAD_KEYS_VARIABLE, PayloadKeysFailure } from './payload-keys.ts';
import type { PayloadKey, PayloadKeys } from './payload-keys.ts';

const message = proto.temporal.api.common.v1.Payload;

/** Encoding of encrypted payloads, as Temporal's samples call it; its UI then says that a payload is encrypted. */
export const ENCRYPTED = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
/** Length that GCM was made for, in bytes. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts payloads with the first key (AES-256-GCM: nonce, ciphertext and tag of the whole payload, with its metadata) and decrypts with
 * whichever key they name. What is not encrypted stays as it is, so that histories from before the encryption can be read. Without keys
 * nothing is encrypted.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: PayloadKeys;

  /** Takes the keys in their order. */
  constructor(keys: PayloadKeys) {
    this.#keys = keys;
  }

  /** Encrypts with the first key; what is encrypted already stays as it is. */
  async encode(payloads: Payload[]): Promise<Payload[]> {
    const [key] = this.#keys;
    return key === undefined
      ? payloads
      : payloads.map((payload) => (isEncrypted(payload) ? payload : encrypted(payload, key)));
  }

  /** Decrypts what is encrypted. @throws {PayloadKeysFailure} when its key is missing, or somebody has changed it */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) =>
      isEncrypted(payload) ? decrypted(payload, this.#keyOf(payload)) : payload,
    );
  }

  #keyOf(payload: Payload): PayloadKey {
    const id = metadataOf(payload, 'encryption-key-id');
    const key = this.#keys.find((candidate) => candidate.id === id);
    if (key !== undefined && metadataOf(payload, 'encryption-cipher') === CIPHER) return key;
    const known = this.#keys.map((candidate) => candidate.id).join(', ');
    throw new PayloadKeysFailure(
      `what Temporal holds is encrypted with key ${id.slice(0, 40)}, and ${
        known === ''
          ? `${PAYLOAD_KEYS_VARIABLE} is not set here`
          : `${PAYLOAD_KEYS_VARIABLE} has ${known} only`
      }`,
      `export ${PAYLOAD_KEYS_VARIABLE}=FILE, with the file of keys that the worker uses`,
    );
  }
}

/** Whether a payload is one of ours, or of another codec that calls it the same. */
export function isEncrypted(payload: Payload): boolean {
  return metadataOf(payload, 'encoding') === ENCRYPTED;
}

function metadataOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString();
}

function encrypted(payload: Payload, { id, bytes }: PayloadKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(Buffer.from(id));
  const text = [cipher.update(message.encode(payload).finish()), cipher.final()];
  return {
    metadata: {
      encoding: Buffer.from(ENCRYPTED),
      'encryption-cipher': Buffer.from(CIPHER),
      'encryption-key-id': Buffer.from(id),
    },
    data: Buffer.concat([nonce, ...text, cipher.getAuthTag()]),
  };
}

function decrypted(payload: Payload, { id, bytes }: PayloadKey): Payload {
  const data = Buffer.from(payload.data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, bytes, data.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(id))
      .setAuthTag(data.subarray(-TAG_BYTES));
    const text = decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES));
    return message.decode(Buffer.concat([text, decipher.final()]));
  } catch {
    throw new PayloadKeysFailure(
      `a payload that names key ${id} was changed after it was encrypted`,
      'find out who writes to the database of Temporal',
    );
  }
}
