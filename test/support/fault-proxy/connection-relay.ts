import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A TCP relay whose connections can be broken one by one, as seen by the server behind it. */
export type ConnectionRelay = {
  /** Port of the relay on 127.0.0.1. */
  port: number;
  /** Connections accepted so far. */
  connections(): number;
  /** Resets the connection that reaches the server from this port of its own. */
  reset(from: number): void;
  /** Leaves that connection open and carries nothing over it any more, in neither direction. */
  silence(from: number): void;
  /** Cuts everything and stops relaying. */
  stop(): Promise<void>;
};

type Relayed = { client: Socket; inner: Socket };

/** Starts a relay to a port of 127.0.0.1. */
export async function startConnectionRelay(target: number): Promise<ConnectionRelay> {
  const relayed = new Map<number, Relayed>();
  const clients = new Set<Socket>();
  let count = 0;
  const server = createServer((client) => {
    count += 1;
    clients.add(client);
    const inner = connect(target, '127.0.0.1', () => {
      const from = inner.localPort as number;
      relayed.set(from, { client, inner });
      inner.once('close', () => relayed.delete(from));
    });
    client.on('error', () => inner.destroy()).on('close', () => clients.delete(client));
    inner.on('error', () => client.destroy());
    client.pipe(inner).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    reset: (from) => {
      const found = relayed.get(from);
      found?.client.resetAndDestroy();
      found?.inner.destroy();
    },
    silence: (from) => {
      const found = relayed.get(from);
      if (found === undefined) return;
      found.client.unpipe(found.inner).pause();
      found.inner.unpipe(found.client).resume();
    },
    stop: async () => {
      for (const client of clients) client.destroy();
      for (const { inner } of relayed.values()) inner.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
