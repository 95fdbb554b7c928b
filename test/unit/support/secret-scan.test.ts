import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { findKnown, findSecrets } from '../../support/secret-scan.ts';

const key = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;
const body = key.split('\n').slice(1, -2).join('');
/** Bytes whose base64 has every sign of the alphabet, as an opaque token may have quotes. */
const opaque = `to"ken\\'${randomBytes(60).toString('base64')}`;
const jwt = `eyJhbGciOiJSUzI1NiJ9.${randomBytes(60).toString('base64url')}.${randomBytes(60).toString('base64url')}`;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const wrapped = (text: string, end: string): string => text.replaceAll(/.{64}/g, `$&${end}`);

const SECRETS: [string, string][] = [
  ['a PEM key', key],
  ['a token with quotes', opaque],
  ['a JWT', jwt],
  ['a short password', 'correct-horse-9'],
];

const ENCODINGS: [string, (secret: string) => string][] = [
  ['raw', (secret) => `before ${secret} after`],
  ['base64', (secret) => base64(secret)],
  ['base64 behind one byte', (secret) => base64(`a${secret}b`)],
  ['base64 behind two bytes', (secret) => base64(`ab${secret}c`)],
  ['url-safe base64', (secret) => base64url(secret)],
  ['url-safe base64 behind one byte', (secret) => base64url(`a${secret}`)],
  ['url-safe base64 behind two bytes', (secret) => base64url(`ab${secret}`)],
  ['base64 in lines', (secret) => wrapped(base64(secret), '\n')],
  ['base64 in escaped lines', (secret) => wrapped(base64(`a${secret}`), '\\\\n')],
  ['base64 of base64', (secret) => base64(`x${base64(secret)}`)],
  ['hex', (secret) => hex(secret)],
  ['hex in upper case', (secret) => hex(secret).toUpperCase()],
  ['JSON', (secret) => JSON.stringify({ secret })],
  ['JSON in JSON', (secret) => JSON.stringify({ inner: JSON.stringify({ secret }) })],
  ['YAML, as a block or quoted', (secret) => stringify({ deep: { secret } })],
  ['YAML in single quotes', (secret) => `secret: '${secret.replaceAll("'", "''")}'`],
  ['a query of a URL', (secret) => `https://east/?token=${encodeURIComponent(secret)}`],
];

describe.each(SECRETS)('%s', (_what, secret) => {
  test.each(ENCODINGS)('is found in %s', (_how, encode) => {
    const blob = Buffer.from(`noise ${encode(secret)} noise`);
    expect(findKnown('blob', blob, [{ name: 'the secret', value: secret }])).toEqual([
      'blob: the secret',
    ]);
  });

  test('is not found where it is not', () => {
    const others = Buffer.from(SECRETS.map(([, other]) => other.replaceAll(secret, '')).join());
    expect(findKnown('blob', others, [{ name: 'the secret', value: secret }])).toEqual([]);
  });
});

describe('the body of a key', () => {
  test.each([
    ['in one line', Buffer.from(`x${body}x`)],
    ['as DER', Buffer.from(body, 'base64')],
    ['as hex of DER', Buffer.from(Buffer.from(body, 'base64').toString('hex'))],
    ['as base64 of the body', Buffer.from(base64(`a${body}`))],
  ])('is found without its frame, %s', (_how, blob) => {
    expect(findKnown('blob', blob, [{ name: 'the key', value: key }])).toEqual(['blob: the key']);
  });
});

describe('findSecrets', () => {
  test('finds a key it was not told of by its shape', () => {
    expect(findSecrets('blob', Buffer.from(key), [])).toEqual(['blob: private key (PEM)']);
  });

  test('finds nothing in a certificate', () => {
    expect(
      findSecrets('blob', Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n'), [
        { name: 'k', value: key },
      ]),
    ).toEqual([]);
  });
});
