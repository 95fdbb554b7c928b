import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay to a local port that counts connections; under TLS each is one handshake. */
export type CountingProxy = {
  /** Port of the relay on 127.0.0.1. */
  port: number;
  /** Connections accepted so far. */
  connections(): number;
  /** Cuts the connections that stand. */
  cut(): void;
  /** Cuts the connections that stand, and every new one until told otherwise. */
  refuse(): void;
  /** Relays new connections again. */
  accept(): void;
  /** Stops relaying. */
  stop(): Promise<void>;
};

/** Starts a relay to a port of 127.0.0.1. */
export async function startCountingProxy(target: number): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  let refusing = false;
  const server = createServer((client) => {
    count += 1;
    if (refusing) {
      client.on('error', () => undefined).destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    connections: () => count,
    cut,
    refuse: () => {
      refusing = true;
      cut();
    },
    accept: () => void (refusing = false),
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
