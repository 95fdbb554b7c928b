import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PayloadKeysFailure, readPayloadKeys } from '../../../codec/payload-keys.ts';

const aKey = (): string => randomBytes(32).toString('base64');

function file(text: string, mode = 0o600): string {
  const path = join(mkdtempSync(join(tmpdir(), 'meshwright-keys-')), 'payload-keys');
  writeFileSync(path, text, { mode });
  return path;
}

function refusal(path: string): PayloadKeysFailure {
  try {
    readPayloadKeys(path);
  } catch (error) {
    if (error instanceof PayloadKeysFailure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('keys come in the order of their lines, with names that are made of themselves', () => {
  const [one, two] = [aKey(), aKey()];
  const keys = readPayloadKeys(file(`# of November\n${one}\n\n  ${two}   # before\n`));
  expect(keys.map(({ bytes }) => bytes.toString('base64'))).toEqual([one, two]);
  expect(readPayloadKeys(file(two))[0]?.id).toBe(keys[1]?.id);
  for (const { id } of keys) expect(id).toMatch(/^[0-9a-f]{12}$/);
});

test('there are no keys where no file is named', () => {
  expect(readPayloadKeys(undefined)).toEqual([]);
  expect(readPayloadKeys('')).toEqual([]);
});

test.each([
  ['a file that others can read', () => file(aKey(), 0o640), /can be read by others \(mode 640\)/],
  ['a file that is missing', () => '/nonexistent/keys', /cannot be read \(ENOENT\)/],
  ['a folder', () => mkdtempSync(join(tmpdir(), 'meshwright-keys-')), /is no file of keys/],
  ['an empty file', () => file('# nothing\n'), /holds no key/],
  ['a key that is too short', () => file('c2hvcnQ=\n'), /payload-keys:1 is no key of 32 bytes/],
  ['a key of other signs', () => file(`#\n${'!'.repeat(43)}=\n`), /payload-keys:2 is no key/],
  ['a file that is too long', () => file('# x\n'.repeat(20_000)), /is no file of keys/],
])('refuses %s in one line, with a cure', (_what, path, says) => {
  const { message, cure } = refusal(path());
  expect(message).toMatch(/^MESHWRIGHT_PAYLOAD_KEYS: [^\n]+$/);
  expect(message).toMatch(says);
  expect(cure).toMatch(/openssl rand|chmod/);
});

test('a line that is wrong is not quoted: it may be a key but for one sign', () => {
  const bad = aKey().slice(0, 40);
  expect(refusal(file(bad)).message).not.toContain(bad.slice(0, 10));
});
