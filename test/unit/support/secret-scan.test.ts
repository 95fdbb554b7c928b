import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { findSecrets } from '../../support/secret-scan.ts';

const key = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

const body = key.split('\n').slice(1, -2).join('');

describe('findSecrets', () => {
  test.each([
    ['a PEM key', Buffer.from(`before ${key} after`)],
    ['its body without the frame', Buffer.from(`x${body}x`)],
    ['base64 of it', Buffer.from(Buffer.from(key).toString('base64'))],
    ['base64 of it behind one byte', Buffer.from(Buffer.from(`a${key}`).toString('base64'))],
    ['base64 of it behind two bytes', Buffer.from(Buffer.from(`ab${key}`).toString('base64'))],
    ['hex of it', Buffer.from(Buffer.from(key).toString('hex'))],
  ])('finds %s', (_name, blob) => {
    expect(findSecrets('blob', blob, [{ name: 'the key', value: key }])).toContain('blob: the key');
  });

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
