import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SeenProcess, seenProcesses } from './seen-processes.ts';

/** Front door of the program. */
export const MESHWRIGHT = fileURLToPath(new URL('../../bin/meshwright', import.meta.url));

/** `meshwright server` in a home of its own. */
export type MeshwrightServer = {
  /** `host:port` of Temporal. */
  address: string;
  /** Its home. */
  home: string;
  /** Environment for other commands of the program that shall use this server. */
  env: { [name: string]: string };
  /** Process of the command itself; undefined once it was detached. */
  child: ChildProcess;
  /** All that it has said on stdout and stderr so far. */
  said(): string;
  /** Processes that belong to it and live now. */
  processes(): Promise<SeenProcess[]>;
  /** The process whose command line has the text. */
  processOf(text: string): Promise<SeenProcess | undefined>;
  /** Kills whatever is left. */
  end(): Promise<void>;
};

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts `meshwright server` with the given further words on free ports; returns at once. */
export async function startMeshwrightServer(
  words: string[] = [],
  env: { [name: string]: string } = {},
): Promise<MeshwrightServer> {
  const home = await mkdtemp(join(tmpdir(), 'meshwright-server-'));
  const [port, uiPort] = [await freePort(), await freePort()];
  const ours = { MESHWRIGHT_HOME: home, ...env };
  const child = spawn(
    MESHWRIGHT,
    ['server', '--port', `${port}`, '--ui-port', `${uiPort}`, ...words],
    {
      env: { ...process.env, ...ours },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const processes = (): Promise<SeenProcess[]> =>
    seenProcesses((_command, variables) => variables.includes(`MESHWRIGHT_HOME=${home}`));
  return {
    address: `127.0.0.1:${port}`,
    home,
    env: { ...ours, TEMPORAL_ADDRESS: `127.0.0.1:${port}` },
    child,
    said: () => said,
    processes,
    processOf: async (text) => (await processes()).find(({ command }) => command.includes(text)),
    async end() {
      child.kill('SIGKILL');
      for (const { pid } of await processes()) process.kill(pid, 'SIGKILL');
    },
  };
}
