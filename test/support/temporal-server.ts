import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';
import { endGuarded, spawnGuarded } from './guarded-process.ts';

/** A dev server in memory, with connections to it. */
export type TemporalServer = {
  /** `host:port`. */
  address: string;
  /** Client under the identity `test`, so that recorded histories name no machine. */
  client: Client;
  /** Connection for workers. */
  nativeConnection: NativeConnection;
  /** Closes the connections and kills the server. */
  stop(): Promise<void>;
};

/** Identity of everything that a test sends to Temporal. */
export const TEST_IDENTITY = 'test';

/** Time for the server to answer, in milliseconds. */
const START_LIMIT_MS = 30_000;

/** Starts the real Temporal dev server of the toolchain on a free port, with our search attributes. */
export async function startTemporalServer(): Promise<TemporalServer> {
  const { temporal } = await resolveParts(['temporal'], {
    env: process.env,
    onProgress: () => undefined,
  });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const guard = spawnGuarded(temporal, [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--log-level',
    'error',
    ...attributeFlags(),
  ]);
  try {
    const connection = await connectWhenUp(address);
    const nativeConnection = await NativeConnection.connect({ address });
    const client = new Client({ connection, identity: TEST_IDENTITY });
    const stop = async (): Promise<void> => {
      await Promise.all([connection.close(), nativeConnection.close()]);
      await endGuarded(guard);
    };
    return { address, client, nativeConnection, stop };
  } catch (error) {
    await endGuarded(guard);
    throw error;
  }
}

function attributeFlags(): string[] {
  return SEARCH_ATTRIBUTES.flatMap(({ key, type }) => [
    '--search-attribute',
    `${key.name}=${type}`,
  ]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * The default namespace is registered a moment after the port answers. One connection for all tries: the client retries a call
 * in the background after its deadline, and a closed channel would throw there.
 */
async function connectWhenUp(address: string): Promise<Connection> {
  const limit = Date.now() + START_LIMIT_MS;
  const connection = Connection.lazy({ address });
  for (;;) {
    try {
      await connection.withDeadline(Date.now() + 1_000, () =>
        connection.workflowService.describeNamespace({ namespace: 'default' }),
      );
      return connection;
    } catch (error) {
      if (Date.now() > limit) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
