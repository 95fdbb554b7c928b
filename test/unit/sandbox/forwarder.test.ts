import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { forwardPortToSocket, forwardSocketToAddress } from '../../../sandbox/forwarder.ts';

const dir = mkdtempSync(join(tmpdir(), 'forwarder-'));
const servers: Server[] = [];
let count = 0;
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** 127.0.0.1 → unix socket → target, as around the namespaces. */
const chainTo = async (targetPort: number) => {
  const path = join(dir, `${(count += 1)}.sock`);
  const inside = await forwardSocketToAddress(path, '127.0.0.1', targetPort);
  const { server, port } = await forwardPortToSocket(path);
  servers.push(inside, server);
  return port;
};

const listen = async (server: Server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
};

const endOf = async (port: number) => {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => (received += text));
  socket.end('ping');
  const how = await new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('end', () => resolve('end'));
  });
  return { how, received };
};

test('carries bytes both ways, and a half that is closed stays half', async () => {
  const port = await listen(
    createServer({ allowHalfOpen: true }, (socket) => {
      let asked = '';
      socket.on('data', (chunk) => (asked += String(chunk)));
      socket.on('end', () => socket.end(`pong to ${asked}`));
    }),
  );
  expect(await endOf(await chainTo(port))).toEqual({ how: 'end', received: 'pong to ping' });
});

test('resets the connection when nothing listens behind it', async () => {
  const gone = createServer();
  const port = await listen(gone);
  gone.close();
  await once(gone, 'close');
  expect((await endOf(await chainTo(port))).how).toBe('ECONNRESET');
});
