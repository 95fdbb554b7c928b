import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * Carries an API server out of the namespaces: outside, connections to a free port of 127.0.0.1 go
 * to a unix socket.
 *
 * @returns the listener and the port it was given
 */
export async function forwardPortToSocket(path: string): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (client) =>
    join(client, connect({ path, allowHalfOpen: true })),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Carries an API server out of the namespaces: inside, a unix socket goes to its address. */
export async function forwardSocketToAddress(
  path: string,
  host: string,
  port: number,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client) =>
    join(client, connect({ host, port, allowHalfOpen: true, noDelay: true })),
  );
  server.listen(path);
  await once(server, 'listening');
  return server;
}

function join(client: Socket, upstream: Socket): void {
  client.setNoDelay(true);
  upstream.on('error', () => abort(client));
  client.on('error', () => upstream.destroy());
  // An API server that is down closes without a word: pass it on as a reset, like a dead process.
  // Heard before pipe() hears it, which would close politely.
  upstream.on('end', () => {
    if (upstream.bytesRead === 0) abort(client);
  });
  client.pipe(upstream);
  upstream.pipe(client);
  upstream.on('close', () => client.destroySoon());
  client.on('close', () => upstream.destroy());
}

function abort(client: Socket): void {
  // Only TCP knows a reset; Node answers ERR_INVALID_HANDLE_TYPE for unix sockets.
  if (client.remoteFamily === undefined) client.destroy();
  else client.resetAndDestroy();
}
