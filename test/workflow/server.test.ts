import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { WORKFLOWS } from '../../contract/messages.ts';
import type { InstallInput } from '../../contract/messages.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.ts';
import { meshWorkflowId, TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';
import { freePort, MESHWRIGHT, startMeshwrightServer } from '../support/meshwright-server.ts';
import type { MeshwrightServer } from '../support/meshwright-server.ts';

const run = promisify(execFile);

/** Longest wait for something that takes a few seconds, in milliseconds; a busy machine is slow. */
const LIMIT_MS = 60_000;

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not seen within ${LIMIT_MS / 1000}s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Kubeconfig whose API server nobody serves: the steps of an install stay in retries. */
function kubeconfigOfNowhere(): string {
  const names = ['kind-cluster1', 'kind-cluster2'];
  const list = (kind: string, body: string): string[] =>
    names.map((name) => `- {name: ${name}, ${kind}: {${body.replaceAll('NAME', name)}}}`);
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    ...list('cluster', 'server: "https://127.0.0.1:1"'),
    'users:',
    ...list('user', 'token: nobody'),
    'contexts:',
    ...list('context', 'cluster: NAME, user: NAME'),
  ].join('\n');
}

describe('meshwright server', () => {
  let server: MeshwrightServer;
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await server.end();
  });

  async function ready(): Promise<void> {
    await until(`ready, it said: ${server.said()}`, async () =>
      server.said().includes('Ctrl-C stops') ? true : undefined,
    );
  }

  async function client(): Promise<Client> {
    const connection = await Connection.connect({ address: server.address });
    closing.push(() => connection.close());
    return new Client({ connection });
  }

  async function attemptsOf(temporal: Client, workflowId: string): Promise<number> {
    const described = await temporal.workflow.getHandle(workflowId).describe();
    return Math.max(
      0,
      ...(described.raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0),
    );
  }

  async function moreAttempts(temporal: Client, workflowId: string, than: number): Promise<number> {
    return until(`more than ${than} attempts of a step`, async () => {
      const attempts = await attemptsOf(temporal, workflowId);
      return attempts > than ? attempts : undefined;
    });
  }

  async function goneAll(): Promise<void> {
    await until('no process is left', async () =>
      (await server.processes()).length === 0 ? true : undefined,
    );
  }

  test('brings up Temporal with search attributes, long retention and a polling worker, and takes all of it down', async () => {
    server = await startMeshwrightServer();
    await ready();
    const temporal = await client();
    const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(SEARCH_ATTRIBUTES.map(({ key }) => key.name)),
    );
    const { config } = await temporal.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
    const { pollers } = await temporal.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: TASK_QUEUE },
      taskQueueType: 1,
    });
    expect(pollers?.length).toBeGreaterThan(0);
    const ui = /http:\/\/\S+/.exec(server.said())?.[0] ?? '';
    expect((await fetch(ui)).status).toBe(200);
    expect((await stat(join(server.home, 'temporal.db'))).mode & 0o077).toBe(0);

    const exit = once(server.child, 'exit');
    server.child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(await server.processes()).toEqual([]);
  });

  test('goes on where it stood after SIGKILL of the worker, then of Temporal', async () => {
    server = await startMeshwrightServer([], { KUBECONFIG: join(await nowhere(), 'kubeconfig') });
    await ready();
    const temporal = await client();
    const spec = aMeshSpec();
    const input: InstallInput = {
      spec,
      specDigest: 'digest',
      confirmedDigest: null,
      by: 'test',
      reason: null,
    };
    const workflowId = meshWorkflowId(spec.name);
    await temporal.workflow.start(WORKFLOWS.install, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [input],
    });
    const before = await moreAttempts(temporal, workflowId, 1);

    const worker = await until('the worker', () => server.processOf(' worker'));
    process.kill(worker.pid, 'SIGKILL');
    const other = await until('another worker', async () => {
      const found = await server.processOf(' worker');
      return found?.pid === worker.pid ? undefined : found;
    });
    expect(other.pid).not.toBe(worker.pid);
    const between = await moreAttempts(temporal, workflowId, before);

    const dead = await until('Temporal', () => server.processOf('start-dev'));
    process.kill(dead.pid, 'SIGKILL');
    await until('another Temporal', async () => {
      const found = await server.processOf('start-dev');
      return found?.pid === dead.pid ? undefined : found;
    });
    await moreAttempts(temporal, workflowId, between);
    expect(server.said()).toMatch(
      /the worker was killed by SIGKILL.*[\s\S]*Temporal was killed by SIGKILL/,
    );
  });

  test('leaves no process behind when it is killed itself', async () => {
    server = await startMeshwrightServer();
    await ready();
    expect((await server.processes()).length).toBeGreaterThan(2);
    server.child.kill('SIGKILL');
    await goneAll();
  });

  test('detached, it returns when it is ready and goes on until it is stopped', async () => {
    server = await startMeshwrightServer(['--detach']);
    const [exitCode] = await once(server.child, 'exit');
    expect([exitCode, server.said()]).toEqual([
      0,
      expect.stringContaining('meshwright server stop'),
    ]);
    const temporal = await client();
    await temporal.workflowService.describeNamespace({ namespace: 'default' });

    await expect(
      run(MESHWRIGHT, ['server', '--port', `${await freePort()}`], {
        env: { ...process.env, ...server.env },
      }),
    ).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('already runs'),
    });
    const { stdout } = await run(MESHWRIGHT, ['server', 'stop'], {
      env: { ...process.env, ...server.env },
    });
    expect(stdout).toContain('server stopped');
    expect(await server.processes()).toEqual([]);
  });

  test('says which port is taken and leaves nothing behind', async () => {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1');
    closing.push(async () => void holder.close());
    server = await startMeshwrightServer(['--ui-port', `${port}`]);
    const [exitCode] = await once(server.child, 'exit');
    expect([exitCode, server.said()]).toEqual([
      2,
      expect.stringContaining(`port ${port} on 127.0.0.1 is taken`),
    ]);
    expect(await server.processes()).toEqual([]);
  });

  test('a worker waits for Temporal, says so, and polls once it is there', async () => {
    const [port, uiPort] = [await freePort(), await freePort()];
    const address = `127.0.0.1:${port}`;
    const worker = spawn(MESHWRIGHT, ['worker', '--address', address], {
      env: { ...process.env, MESHWRIGHT_HOME: await nowhere() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closing.push(async () => void worker.kill('SIGKILL'));
    let said = '';
    worker.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('the worker says what it waits for', async () =>
      said.includes(`waiting for Temporal at ${address}: `) ? true : undefined,
    );
    server = await startMeshwrightServer([
      '--no-worker',
      '--port',
      `${port}`,
      '--ui-port',
      `${uiPort}`,
    ]);
    await until('the worker polls', async () => (said.includes('worker polls') ? true : undefined));
    const workerExit = once(worker, 'exit');
    worker.kill('SIGTERM');
    expect(await workerExit).toEqual([0, null]);
    expect(said).toMatch(/Temporal at \S+ answers[\s\S]*draining[\s\S]*worker stopped/);
  });

  async function nowhere(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-nowhere-'));
    await writeFile(join(folder, 'kubeconfig'), kubeconfigOfNowhere());
    return folder;
  }
});
