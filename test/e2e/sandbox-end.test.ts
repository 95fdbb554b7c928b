import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, jest, test } from '@jest/globals';
import { awaitCondition } from '../../sandbox/await-condition.ts';
import { layoutOf } from '../../sandbox/layout.ts';
import { readRecord } from '../../sandbox/record.ts';
import { openSandbox, takeDown } from '../../sandbox/sandbox.ts';
import { bringUp } from '../../sandbox/up.ts';
import { collectTraces, remainingTraces } from '../support/sandbox-traces.ts';
import type { SandboxTraces } from '../support/sandbox-traces.ts';

jest.setTimeout(300_000);

const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
  dirs.push(dir);
  return dir;
};

afterAll(async () => {
  for (const dir of dirs) {
    await takeDown(dir);
  }
});

const start = async () => {
  const dir = newDir();
  const { sandbox } = await bringUp({ clusters: 1, dir }, () => undefined);
  const traces = collectTraces(dir);
  // A namespace per cluster and the fabric's, the mounts', and the processes' own.
  expect(traces.namespaces.filter((name) => name.startsWith('net:')).length).toBeGreaterThanOrEqual(
    2,
  );
  expect(traces.namespaces.filter((name) => name.startsWith('mnt:')).length).toBeGreaterThanOrEqual(
    1,
  );
  expect(traces.processes.length).toBeGreaterThan(8);
  const port = Number(new URL((await sandbox.status()).clusters[0]?.localApiServer ?? '').port);
  return { dir, sandbox, traces, port };
};

const isOpen = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  const event = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(
      () => false,
      () => false,
    ),
  ]).catch(() => false);
  socket.destroy();
  return event;
};

const awaitNothing = (traces: SandboxTraces) =>
  awaitCondition(
    'no trace',
    async () => {
      const left = remainingTraces(traces);
      if (left.length > 0) throw new Error(left.join(', '));
      return true;
    },
    20_000,
  );

const holderOf = (dir: string) => readRecord(layoutOf(dir))?.holder?.pid ?? -1;

/** The process inside the namespaces that runs everything, and the first one, which waits for it. */
const insidePids = (traces: SandboxTraces, dir: string): { first: number } => {
  const holder = traces.processes.findIndex(({ pid }) => pid === holderOf(dir));
  return { first: traces.processes[holder + 1]?.pid ?? -1 };
};

test('down leaves logs and the mesh file, and nothing that runs', async () => {
  const { dir, sandbox, traces, port } = await start();
  expect(remainingTraces(traces).length).toBeGreaterThan(10);
  expect(await isOpen(port)).toBe(true);
  await sandbox.down();
  await awaitNothing(traces);
  expect(await isOpen(port)).toBe(false);
  expect(readdirSync(dir).sort()).toEqual(['logs', 'mesh.yaml']);
  expect(openSandbox(dir)).toBeUndefined();
});

test('two at once in two directories do not touch, and one killed inside leaves nothing', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.port).not.toBe(other.port);
  process.kill(insidePids(one.traces, one.dir).first, 'SIGKILL');
  await awaitNothing(one.traces);
  await awaitCondition(
    'cleaned up',
    async () => !existsSync(join(one.dir, 'sandbox.json')),
    20_000,
  );
  expect(readdirSync(one.dir).sort()).toEqual(['logs', 'mesh.yaml']);
  expect(await isOpen(one.port)).toBe(false);

  expect((await other.sandbox.status()).state).toBe('ready');
  process.kill(readRecord(layoutOf(other.dir))?.supervisor.pid ?? -1, 'SIGKILL');
  await awaitNothing(other.traces);
  expect(await isOpen(other.port)).toBe(false);
  // What only a next command can remove, it removes.
  expect(await takeDown(other.dir)).toBe(false);
  expect(readdirSync(other.dir).sort()).toEqual(['logs', 'mesh.yaml']);
});

test('a second start in the same place is refused, and one killed while it starts leaves nothing', async () => {
  const dir = newDir();
  const bringing = bringUp({ clusters: 1, dir }, () => undefined);
  bringing.catch(() => undefined);
  await awaitCondition('started', async () => holderOf(dir) > 0, 60_000);
  const again = bringUp({ clusters: 1, dir }, () => undefined);
  await expect(again).rejects.toThrow(`is starting a sandbox in ${dir}`);
  const traces = collectTraces(dir);
  process.kill(holderOf(dir), 'SIGKILL');
  await expect(bringing).rejects.toThrow('the sandbox ended unasked');
  await awaitNothing(traces);
  expect(existsSync(join(dir, 'sandbox.json'))).toBe(false);
});

test('Ctrl-C ends a sandbox that runs in the foreground, with exit code 0', async () => {
  const dir = newDir();
  const program = fileURLToPath(new URL('../../bin/meshwright', import.meta.url));
  const up = spawn(program, ['sandbox', 'up', '--clusters', '1', '--dir', dir]);
  let progress = '';
  up.stderr.setEncoding('utf8').on('data', (text: string) => (progress += text));
  await awaitCondition('up', async () => progress.includes('Ctrl-C ends'), 120_000);
  const traces = collectTraces(dir);
  up.kill('SIGINT');
  expect(await once(up, 'exit')).toEqual([0, null]);
  await awaitNothing(traces);
  expect(readdirSync(dir).sort()).toEqual(['logs', 'mesh.yaml']);
});

test('an interrupted start leaves nothing', async () => {
  const dir = newDir();
  const interrupt = new AbortController();
  const bringing = bringUp({ clusters: 1, dir, signal: interrupt.signal }, () => undefined);
  bringing.catch(() => undefined);
  await awaitCondition('started', async () => holderOf(dir) > 0, 60_000);
  const traces = collectTraces(dir);
  interrupt.abort(new Error('enough'));
  await expect(bringing).rejects.toThrow('enough');
  await awaitNothing(traces);
  expect(readdirSync(dir)).toEqual(['logs']);
});
