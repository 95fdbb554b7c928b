import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

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
  /** Carries nothing for so many milliseconds, over new connections neither; then what was sent meanwhile arrives. */
  part(ms: number): Promise<void>;
  /** Cuts everything and stops relaying. */
  stop(): Promise<void>;
};

type Relayed = { client: Socket; inner: Socket; silent: boolean };

function join({ client, inner }: Relayed): void {
  client.pipe(inner).pipe(client);
}

function hold({ client, inner }: Relayed): void {
  client.unpipe(inner).pause();
  inner.unpipe(client).pause();
}

/** Starts a relay to a port of 127.0.0.1. */
export async function startConnectionRelay(target: number): Promise<ConnectionRelay> {
  const standing = new Set<Relayed>();
  let count = 0;
  let parted = false;
  const server = createServer((client) => {
    count += 1;
    const relayed = { client, inner: connect(target, '127.0.0.1'), silent: false };
    const end = (): void => {
      standing.delete(relayed);
      client.destroy();
      relayed.inner.destroy();
    };
    for (const socket of [client, relayed.inner]) socket.on('error', end).on('close', end);
    standing.add(relayed);
    if (!parted) join(relayed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const find = (from: number): Relayed | undefined =>
    [...standing].find(({ inner }) => inner.localPort === from);
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    reset: (from) => void find(from)?.client.resetAndDestroy(),
    silence: (from) => {
      const found = find(from);
      if (found === undefined) return;
      found.silent = true;
      hold(found);
    },
    part: async (ms) => {
      parted = true;
      for (const relayed of standing) hold(relayed);
      await new Promise((resolve) => setTimeout(resolve, ms));
      parted = false;
      for (const relayed of standing) if (!relayed.silent) join(relayed);
    },
    stop: async () => {
      for (const { client, inner } of standing) {
        client.destroy();
        inner.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
