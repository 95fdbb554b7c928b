import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, PayloadCodec } from '@temporalio/common';

/** A place in a message that holds a payload. */
type Slot = { holder: { [field: string]: unknown }; field: string; payload: Payload };
/** A failure whose message and stack are in a payload. */
type EncodedFailure = { encodedAttributes: Payload; message: string; stackTrace: string };

/**
 * Decodes all payloads of a message of Temporal's API in place, histories and descriptions for instance, and puts messages and stacks of
 * failures back where they stand when they are not encrypted. Answers the same message.
 * @throws {PayloadKeysFailure} when a key is missing
 */
export async function decodePayloads<T>(codec: PayloadCodec, message: T): Promise<T> {
  const slots: Slot[] = [];
  const failures: EncodedFailure[] = [];
  collect(message, slots, failures);
  const decoded = await codec.decode(slots.map(({ payload }) => payload));
  slots.forEach(({ holder, field }, index) => (holder[field] = decoded[index]));
  for (const failure of failures) {
    const said = defaultPayloadConverter.fromPayload<
      Partial<{ message: string; stack_trace: string }>
    >(failure.encodedAttributes);
    failure.message = said.message ?? '';
    failure.stackTrace = said.stack_trace ?? '';
  }
  return message;
}

function collect(value: unknown, slots: Slot[], failures: EncodedFailure[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if ('encodedAttributes' in value && value.encodedAttributes)
    failures.push(value as EncodedFailure);
  for (const [field, inner] of Object.entries(value)) {
    if (isPayload(inner)) slots.push({ holder: value as Slot['holder'], field, payload: inner });
    else collect(inner, slots, failures);
  }
}

function isPayload(value: unknown): value is Payload {
  return (
    typeof value === 'object' &&
    value !== null &&
    'metadata' in value &&
    'data' in value &&
    value.data instanceof Uint8Array
  );
}
