import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { bearForgottenStreams } from '../../../../activities/adapters/forgotten-streams.ts';

test('an HTTP/2 stream that fails when nobody listens to it any more does not end the process', async () => {
  bearForgottenStreams();
  bearForgottenStreams();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  const stream = session.request({ ':path': '/' });
  expect(stream.listenerCount('error')).toBe(1);
  // As a client of undici that is destroyed ends its sessions; without a listener the error would be thrown.
  session.destroy(new Error('The client is destroyed'));
  await new Promise((resolve) => stream.on('close', resolve));
  server.close();
});
