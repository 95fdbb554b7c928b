import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ApiConnection, openConnection } from '../../activities/adapters/api-connection.ts';
import {
  type ConnectionRelay,
  startConnectionRelay,
} from '../support/fault-proxy/connection-relay.ts';
import { createTestCa, type TestCa } from '../support/test-ca.ts';

let ca: TestCa;
let server: Http2SecureServer;
let relay: ConnectionRelay;
let connection: ApiConnection;
/** Sockets of the server by the port of their other end. */
let sockets: Map<number, Socket>;
/** What becomes of the connection from a port when a request has come over it; whether the request is answered. */
let answers: (port: number) => boolean;

beforeEach(async () => {
  ca = await createTestCa();
  const { certPem, keyPem } = await ca.issue({ commonName: 'server', ip: '127.0.0.1' });
  sockets = new Map();
  answers = () => true;
  let served = 0;
  server = createSecureServer({ cert: certPem, key: keyPem });
  server.on('connection', (socket: Socket) => sockets.set(socket.remotePort ?? 0, socket));
  server.on('sessionError', () => undefined);
  server.on('request', (request, response) => {
    const port = request.stream.session?.socket.remotePort ?? 0;
    request.on('error', () => undefined).resume();
    request.on('end', () => {
      setTimeout(
        () => {
          if (answers(port)) response.end('{}');
        },
        (served += 7) % 20,
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay = await startConnectionRelay(portOf(server));
});

afterEach(async () => {
  await connection.close();
  await relay.stop();
  for (const socket of sockets.values()) socket.destroy();
  server.close();
});

function portOf(listening: Http2SecureServer): number {
  return (listening.address() as AddressInfo).port;
}

function open(port: number): ApiConnection {
  const context = {
    name: 'east',
    server: `https://127.0.0.1:${port}`,
    caPem: ca.certPem,
    tlsServerName: null,
    token: { kind: 'none' as const },
    clientCertificate: null,
  };
  return openConnection('east', 'east', {
    current: () => Promise.resolve({ context, token: null }),
    forget: () => undefined,
  });
}

/** Writes so many kilobytes. */
async function write(kilobytes: number): Promise<number> {
  const { code } = await connection.send({
    method: 'PATCH',
    permit: null,
    path: '/apis/thing',
    intent: { verb: 'apply', target: 'thing' },
    repeatable: true,
    body: 'x'.repeat(kilobytes * 1_024),
  });
  return code;
}

test('a write over a connection that carries nothing any more is sent again over another one, and fails nothing', async () => {
  connection = open(relay.port);
  expect(await write(1)).toBe(200);
  let silenced = 0;
  answers = (port) => {
    if (silenced === 0) relay.silence((silenced = port));
    return true;
  };
  expect(await write(1)).toBe(200);
  expect(silenced).not.toBe(0);
  expect(relay.connections()).toBe(2);
});

test('writes whose connections are reset again and again while others are under way fail nothing', async () => {
  connection = open(portOf(server));
  let count = 0;
  let resets = 0;
  answers = (port) => {
    count += 1;
    if (count % 100 !== 0) return true;
    resets += 1;
    sockets.get(port)?.resetAndDestroy();
    return false;
  };
  const writer = async (_: unknown, index: number): Promise<void> => {
    for (let round = 0; round < 100; round += 1)
      expect(await write((index + round) % 5 === 0 ? 200 : 2)).toBe(200);
  };
  await Promise.all(Array.from({ length: 16 }, writer));
  expect(resets).toBeGreaterThan(10);
});
