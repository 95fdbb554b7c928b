import { once } from 'node:events';
import { type ClientHttp2Stream, connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { bearForgottenStreams } from '../../../../activities/adapters/forgotten-streams.ts';

test('an HTTP/2 stream that fails when nobody listens to it any more does not end the process', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  const ask = (): ClientHttp2Stream => session.request({ ':path': '/' });
  // Other tests of this process may have pools, too.
  const before = ask();
  before.on('error', () => undefined);
  const others = before.listenerCount('error') - 1;
  bearForgottenStreams();
  bearForgottenStreams();
  const stream = ask();
  expect(stream.listenerCount('error')).toBe(others + 1);
  // As a client of undici that is destroyed ends its sessions; without a listener the error would be thrown.
  session.destroy(new Error('The client is destroyed'));
  await new Promise((resolve) => stream.on('close', resolve));
  server.close();
});
