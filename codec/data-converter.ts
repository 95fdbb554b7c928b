import { fileURLToPath } from 'node:url';
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec.ts';
import type { PayloadKeys } from './payload-keys.ts';

/**
 * Path of the failure converter that puts messages and stacks of failures into payloads, where they are encrypted. Both Temporal's SDK,
 * which loads it with `require`, and the workflow bundle take it from there.
 */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** A data converter whose codec can also be asked by itself. */
export type CodecConverter = DataConverter & {
  /** The one codec of `payloadCodecs`. */
  codec: PayloadCodec;
  /** Id of the key that encrypts; null when nothing is encrypted. */
  keyId: string | null;
};

/**
 * Makes the data converter of every worker and client. Without keys it leaves all as it is, and says what is missing when something is
 * encrypted.
 */
export function dataConverterOf(keys: PayloadKeys): CodecConverter {
  const codec = new EncryptionCodec(keys);
  return {
    codec,
    keyId: keys[0]?.id ?? null,
    payloadCodecs: [codec],
    ...(keys.length === 0 ? {} : { failureConverterPath: FAILURE_CONVERTER }),
  };
}
