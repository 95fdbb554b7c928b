import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { diagnoseConnection, splitAddress } from '../../../client/diagnosis.ts';

function statesOf(checks: Awaited<ReturnType<typeof diagnoseConnection>>): {
  [name: string]: string;
} {
  return Object.fromEntries(checks.map(({ name, state }) => [name, state]));
}

describe('the diagnosis of a connection', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  test('stops at a name that is not known', async () => {
    const checks = await diagnoseConnection('nobody.invalid:7233', false, 'no answer');
    expect(statesOf(checks)).toEqual({
      DNS: 'failed',
      TCP: 'skipped',
      TLS: 'skipped',
      gRPC: 'skipped',
    });
  });

  test('stops at a port where nothing listens', async () => {
    const checks = await diagnoseConnection('127.0.0.1:1', true, 'no answer');
    expect(checks[1]).toEqual({
      name: 'TCP',
      state: 'failed',
      text: 'connection refused: nothing is listening',
    });
    expect(statesOf(checks)).toMatchObject({ DNS: 'skipped', TLS: 'skipped', gRPC: 'skipped' });
  });

  test('tells a server without TLS from one that is not Temporal', async () => {
    server = createServer((socket) =>
      socket
        .on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
        .on('error', () => undefined),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(statesOf(await diagnoseConnection(address, true, 'x'))).toMatchObject({
      TCP: 'ok',
      TLS: 'failed',
      gRPC: 'skipped',
    });
    const checks = await diagnoseConnection(address, false, 'protocol error');
    expect(checks.at(-1)).toEqual({ name: 'gRPC', state: 'failed', text: 'protocol error' });
  });

  test('knows IPv6 addresses', () => {
    expect(splitAddress('[::1]:7233')).toEqual({ host: '::1', port: 7233 });
  });
});
