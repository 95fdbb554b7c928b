import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers.js';
import { dataConverterOf } from '../../../codec/data-converter.ts';
import { decodePayloads } from '../../../codec/decode-payloads.ts';
import { EncryptionCodec } from '../../../codec/encryption-codec.ts';
import type { PayloadKey } from '../../../codec/payload-keys.ts';

function aKey(): PayloadKey {
  const bytes = randomBytes(32);
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes };
}

const KEY = aKey();
const codec = new EncryptionCodec([KEY]);
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const valueOf = (of: Payload | undefined): unknown =>
  defaultPayloadConverter.fromPayload(of as Payload);

test('a payload comes back whole, and nothing of it can be read meanwhile', async () => {
  const value = { spec: 'the text of a spec', bytes: 'é✔' };
  const [hidden] = await codec.encode([payload(value)]);
  expect(Buffer.from(hidden?.data ?? []).toString('latin1')).not.toMatch(/spec|json/);
  expect(Buffer.from(hidden?.metadata?.['encryption-key-id'] ?? []).toString()).toBe(KEY.id);
  const [shown] = await codec.decode([hidden as Payload]);
  expect(valueOf(shown)).toEqual(value);
});

test('the same payload is never encrypted to the same bytes', async () => {
  const [one, two] = await codec.encode([payload('a'), payload('a')]);
  expect(Buffer.from(one?.data ?? []).equals(Buffer.from(two?.data ?? []))).toBe(false);
});

test('after a rotation the new key encrypts, and both decrypt', async () => {
  const before = await codec.encode([payload('before')]);
  const next = aKey();
  const rotated = new EncryptionCodec([next, KEY]);
  const after = await rotated.encode([payload('after')]);
  expect((await rotated.decode([...before, ...after])).map(valueOf)).toEqual(['before', 'after']);
  await expect(codec.decode(after)).rejects.toThrow(
    `what Temporal holds is encrypted with key ${next.id}, and MESHWRIGHT_PAYLOAD_KEYS has ${KEY.id} only`,
  );
  await expect(new EncryptionCodec([]).decode(after)).rejects.toThrow('is not set here');
});

test('what was not encrypted stays as it is, and what is encrypted is not encrypted again', async () => {
  const plain = [payload('plain')];
  expect(await codec.decode(plain)).toEqual(plain);
  expect(await new EncryptionCodec([]).encode(plain)).toBe(plain);
  const once = await codec.encode(plain);
  expect(await codec.encode(once)).toEqual(once);
});

test.each([
  ['its nonce', 0],
  ['its text', 14],
  ['its tag', -1],
])('a payload with another byte in %s is refused', async (_what, at) => {
  const [hidden] = await codec.encode([payload('x'.repeat(50))]);
  const data = Buffer.from(hidden?.data ?? []);
  const index = at < 0 ? data.length + at : at;
  data[index] = (data[index] ?? 0) ^ 1;
  await expect(codec.decode([{ ...hidden, data }])).rejects.toThrow('was changed after');
});

test('a payload that is cut short is refused', async () => {
  const [hidden] = await codec.encode([payload('x')]);
  const data = Buffer.from(hidden?.data ?? []).subarray(0, 20);
  await expect(codec.decode([{ ...hidden, data }])).rejects.toThrow('was changed after');
});

test('a failure hides message, stack and details, and says them again where it is decoded in a message', async () => {
  const converter = loadDataConverter(dataConverterOf([KEY]));
  const error = ApplicationFailure.create({
    type: 'Forbidden',
    message: 'hidden message',
    details: [{ cure: 'hidden cure' }],
    cause: new Error('hidden cause'),
  });
  const failure = await encodeErrorToFailure(converter, error);
  expect(JSON.stringify(failure)).not.toContain('hidden');
  const events = [{ activityTaskFailedEventAttributes: { failure } }];
  await decodePayloads(codec, events);
  expect(failure).toMatchObject({ message: 'hidden message', cause: { message: 'hidden cause' } });
  expect(valueOf(failure.applicationFailureInfo?.details?.payloads?.[0])).toEqual({
    cure: 'hidden cure',
  });
});

test('a message without payloads is decoded to itself', async () => {
  const message = { a: null, b: [1, { c: new Uint8Array([1]) }] };
  expect(await decodePayloads(codec, message)).toBe(message);
  expect(await decodePayloads(codec, null)).toBeNull();
});
