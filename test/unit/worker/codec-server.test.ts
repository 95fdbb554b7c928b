import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EncryptionCodec } from '../../../codec/encryption-codec.ts';
import { codecServer } from '../../../worker/codec-server.ts';

const bytes = randomBytes(32);
const key = { id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes };
const UI = 'http://localhost:8233';
const TOKEN = 'a-token-of-the-codec-server';
const PLAIN = {
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from('"hidden"').toString('base64'),
};

let server: Server;
let said: string[];

async function listen(token: string | null = null): Promise<void> {
  said = [];
  const codec = new EncryptionCodec([key]);
  server = codecServer({ codec, origins: [UI], token, say: (line) => void said.push(line) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

beforeEach(() => listen());

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

type Answer = { code: number; headers: IncomingHttpHeaders; body: string };

function ask(
  method: string,
  path: string,
  body: string,
  headers: { [name: string]: string } = {},
): Promise<Answer> {
  const { port } = server.address() as { port: number };
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const { statusCode: code = 0 } = answer;
      answer.on('end', () => resolve({ code, headers: answer.headers, body: text }));
    });
    call.on('error', reject).end(body);
  });
}

const post = (path: string, value: object, headers = {}): Promise<Answer> =>
  ask('POST', path, JSON.stringify(value), headers);

describe('the codec server', () => {
  test('encodes, and decodes what it has encoded, for one namespace or another', async () => {
    const encoded = await post('/encode', { payloads: [PLAIN] }, { 'x-namespace': 'default' });
    expect(encoded.code).toBe(200);
    expect(encoded.body).not.toContain(PLAIN.data);
    const decoded = await post('/prod/decode', JSON.parse(encoded.body) as object);
    expect(JSON.parse(decoded.body)).toEqual({ payloads: [PLAIN] });
    expect(said).toEqual(['encoded 1 payload of namespace default', 'decoded 1 payload']);
  });

  test('lets pages of the UI ask, and no others', async () => {
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-namespace,authorization',
    };
    const allowed = await ask('OPTIONS', '/decode', '', { origin: UI, ...asked });
    expect(allowed).toMatchObject({ code: 204, headers: { 'access-control-allow-origin': UI } });
    for (const header of ['content-type', 'x-namespace', 'authorization'])
      expect(allowed.headers['access-control-allow-headers']).toContain(header);
    const seen = await post('/decode', { payloads: [PLAIN] }, { origin: UI });
    expect(seen).toMatchObject({ code: 200, headers: { 'access-control-allow-origin': UI } });
    for (const method of ['OPTIONS', 'POST']) {
      const other = await ask(method, '/decode', method === 'POST' ? '{"payloads":[]}' : '', {
        origin: 'https://evil.example',
      });
      expect(other.code).toBe(403);
      expect(other.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('is not found under another name, which a page may have had resolve to this machine', async () => {
    const answer = await post('/decode', { payloads: [PLAIN] }, { host: 'evil.example:8234' });
    expect(answer.code).toBe(403);
  });

  test('wants its token when it has one', async () => {
    server.close();
    await listen(TOKEN);
    expect((await post('/decode', { payloads: [] })).code).toBe(401);
    const wrong = { authorization: `Bearer ${TOKEN}x` };
    expect((await post('/decode', { payloads: [] }, wrong)).code).toBe(401);
    const right = { authorization: `Bearer ${TOKEN}` };
    expect((await post('/decode', { payloads: [] }, right)).code).toBe(200);
    expect(said.join('\n')).not.toContain(TOKEN);
  });

  test.each([
    ['another path', 'POST', '/', '{}', 404],
    ['another method', 'GET', '/decode', '', 405],
    ['no JSON', 'POST', '/decode', 'hidden', 400],
    ['no payloads', 'POST', '/decode', '{}', 400],
    ['a body without end', 'POST', '/decode', ' '.repeat(33 * 1024 * 1024), 413],
  ])('refuses %s', async (_what, method, path, body, code) => {
    // a body that is too long is cut off, which the sender may notice before the answer
    const answer = await ask(method, path, body).catch(() => ({ code: 413, body: '' }));
    expect(answer.code).toBe(code);
    expect(said.join('\n')).toContain(`refused (${code})`);
    expect(said.join('\n')).not.toContain('hidden');
  });

  test('says of a payload with another key which one is missing', async () => {
    const other = randomBytes(32);
    const foreign = new EncryptionCodec([{ id: 'abcdefabcdef', bytes: other }]);
    const [hidden] = await foreign.encode([{ metadata: {}, data: Buffer.from('x') }]);
    const base64 = (part?: Uint8Array | null): string => Buffer.from(part ?? []).toString('base64');
    const metadata = Object.entries(hidden?.metadata ?? {}).map(([name, part]) => [
      name,
      base64(part),
    ]);
    const answer = await post('/decode', {
      payloads: [{ metadata: Object.fromEntries(metadata) as object, data: base64(hidden?.data) }],
    });
    expect(answer.code).toBe(400);
    expect(answer.body).toContain(
      `encrypted with key abcdefabcdef, and MESHWRIGHT_PAYLOAD_KEYS has ${key.id} only`,
    );
  });
});
