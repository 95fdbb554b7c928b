import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

/** A key by which payloads are encrypted. */
export type PayloadKey = {
  /** Begin of the key's SHA-256 in hex: tells keys apart and nothing of them. */
  id: string;
  /** 32 bytes. */
  bytes: Buffer;
};

/** Keys in the order of their file: the first encrypts, all decrypt; none leaves payloads as they are. */
export type PayloadKeys = readonly PayloadKey[];

/** Variable that names the file of the keys. */
export const PAYLOAD_KEYS_VARIABLE = 'MESHWRIGHT_PAYLOAD_KEYS';

/** The command that makes a file with one key. */
const MAKE_KEYS = '(umask 077; openssl rand -base64 32 > payload-keys)';
/** Largest file of keys that is read, in bytes. */
const LIMIT_BYTES = 64 * 1024;

/** Why payloads cannot be encrypted or read: keys that are missing or cannot be used. */
export class PayloadKeysFailure extends Error {
  override readonly name = 'PayloadKeysFailure';
  /** What to do about it. */
  readonly cure: string;
  /** Exit code of a program that ends by it: wrong settings. */
  readonly exitCode = 2;

  /** Makes a failure; the message is lower case, without a full stop. */
  constructor(message: string, cure: string) {
    super(message);
    this.cure = cure;
  }
}

/** Finds a failure about keys in an error or its causes: the SDK wraps what a codec throws. */
export function payloadKeysFailureIn(error: unknown): PayloadKeysFailure | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'PayloadKeysFailure') return at as PayloadKeysFailure;
  }
  return undefined;
}

/**
 * Reads the file that MESHWRIGHT_PAYLOAD_KEYS names: a key a line, base64 of 32 bytes; `#` begins a comment. No keys when it is not set.
 * @throws {PayloadKeysFailure} when the file is missing, readable by others, or holds something else
 */
export function readPayloadKeys(path: string | undefined): PayloadKeys {
  if (!path) return [];
  const lines = readOwn(path)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim());
  const keys = lines.flatMap((line, index) => {
    if (line === '') return [];
    const bytes = Buffer.from(line, 'base64');
    // a line is never quoted: what is wrong with it may be one sign of a key
    if (bytes.length !== 32 || !/^[A-Za-z0-9+/]{43}=$/.test(line))
      throw refuse(`${path}:${index + 1} is no key of 32 bytes in base64`, MAKE_KEYS);
    return [{ id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes }];
  });
  if (keys.length === 0) throw refuse(`${path} holds no key`, MAKE_KEYS);
  return keys;
}

function readOwn(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw refuse(`${path} cannot be read (${code})`, `make a file of keys: ${MAKE_KEYS}`);
  }
  try {
    const status = fstatSync(file);
    const { mode, size } = status;
    if ((mode & 0o077) !== 0)
      throw refuse(
        `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`,
        `chmod go= ${path}, and another key if somebody may have copied this one`,
      );
    if (!status.isFile() || size > LIMIT_BYTES)
      throw refuse(`${path} is no file of keys: ${size} bytes`, MAKE_KEYS);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function refuse(message: string, cure: string): PayloadKeysFailure {
  return new PayloadKeysFailure(`${PAYLOAD_KEYS_VARIABLE}: ${message}`, cure);
}
