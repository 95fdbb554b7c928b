import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runMeshwright } from '../../bin/run-meshwright.ts';
import type { RunResult } from '../../bin/run-meshwright.ts';
import { dataConverterOf } from '../../codec/data-converter.ts';
import { readPayloadKeys } from '../../codec/payload-keys.ts';
import { TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';
import { startCli, type CliRun } from '../support/cli-run.ts';
import { aPlan, awaitTrue, scriptedInstall } from '../support/install-run.ts';
import { temporalPlaces } from '../support/leak-places.ts';
import { freePort } from '../support/meshwright-server.ts';
import { stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { findKnown } from '../support/secret-scan.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';
import { bundledWorkflows, quietRuntime, startWorker } from '../support/workflow-worker.ts';
import type { RunningWorker } from '../support/workflow-worker.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'primary-remote-discovered.yaml');
/** Time for one test on a busy machine, in milliseconds. */
const LIMIT_MS = 120_000;

/** What must not be read in Temporal: of the spec, of a failure, of a heartbeat, of decisions and of what people see. */
const HIDDEN = [
  'context-of-the-primary',
  'https://hidden.example.com:6443',
  'may not patch the hidden services',
  'the hidden role is missing',
  'hidden reason of the install',
  'hidden reason of the retry',
  'hidden summary of a step',
  '2 clusters on 2 networks',
].map((text) => ({ name: text, value: text }));

let server: TemporalServer;
let folder: string;
let worker: RunningWorker | undefined;
let codec: CliRun | undefined;

beforeAll(async () => {
  quietRuntime();
  server = await startTemporalServer();
  folder = await mkdtemp(join(tmpdir(), 'encryption-'));
}, 180_000);

afterEach(async () => {
  codec?.child.kill('SIGKILL');
  await worker?.stop();
  worker = undefined;
});

afterAll(async () => {
  await server.stop();
});

/** A file of new keys. */
async function keyFile(name: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return file;
}

function env(keys?: string): { [name: string]: string | undefined } {
  return {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
    MESHWRIGHT_USER: 'ana@laptop',
    MESHWRIGHT_PAYLOAD_KEYS: keys,
  };
}

function meshwright(keys: string | undefined, ...words: string[]): Promise<RunResult> {
  return runMeshwright(words, { env: env(keys), timeoutMs: LIMIT_MS });
}

/** Steps of which one is blocked once. */
function steps(): ScriptedSteps {
  return scriptedInstall(aPlan({ 'cluster1/base': [] })).on('cluster1/base', ({ round }) => {
    if (round > 1) return { changed: 2, summary: 'hidden summary of a step' };
    throw stepFailure('Forbidden', 'may not patch the hidden services', {
      cure: 'grant it',
      lines: ['the hidden role is missing'],
    });
  });
}

async function work(keys?: string): Promise<void> {
  const converter = dataConverterOf(readPayloadKeys(keys));
  const { nativeConnection } = server;
  worker = await startWorker(nativeConnection, steps().activities(), TASK_QUEUE, 10, [], converter);
}

async function meshFile(name: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  const text = (await readFile(EXAMPLE, 'utf8'))
    .replace('name: mesh1', `name: ${name}`)
    .replace('context: kind-cluster1', 'context: context-of-the-primary')
    .replace(/apiServer: \S+/, 'apiServer: https://hidden.example.com:6443');
  await writeFile(file, text);
  return file;
}

/** Installs, which blocks, and answers what was said. */
async function install(name: string, keys?: string): Promise<RunResult> {
  const reason = 'hidden reason of the install';
  const file = await meshFile(name);
  return meshwright(keys, 'install', '-f', file, '--yes', '--reason', reason);
}

/** JSON of the temporal CLI with its payloads, which are base64, as text. */
function decoded(json: string): string {
  return json.replaceAll(/"data": "([^"]*)"/g, (_all, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
}

/** Which of what must be hidden can be read in what Temporal tells of a mesh. */
async function readable(mesh: string): Promise<string[]> {
  const all = await awaitTrue(
    () => temporalPlaces(server.client),
    (places) => places.some(({ where }) => where.includes(`mesh-${mesh} `)),
  );
  const places = all.filter(({ where }) => where.includes(`mesh-${mesh} `));
  const found = places.flatMap(({ where, bytes }) => findKnown(where, bytes, HIDDEN));
  return HIDDEN.map(({ name }) => name).filter((name) =>
    found.some((finding) => finding.endsWith(name)),
  );
}

test(
  'an install hides spec, failures, reasons and summaries from Temporal, and tells all to who has the key',
  async () => {
    const keys = await keyFile('whole');
    await work(keys);
    const blocked = await install('whole', keys);
    expect(blocked.exitCode).toBe(3);
    expect(blocked.stderr).toContain('may not patch the hidden services');
    expect(await readable('whole')).toEqual([]);
    const status = await meshwright(keys, 'status', 'whole', '-o', 'json');
    expect(JSON.parse(status.stdout)).toMatchObject({ operation: { state: 'blocked' } });
    expect(status.stdout).toContain('may not patch the hidden services');
    expect(blocked.stderr).toContain('the hidden role is missing');
    const wrong = await meshwright(keys, 'retry', 'whole', 'cluster1/precheck', '--reason', 'no');
    expect(wrong.stderr).toMatch(/the retry was refused: .*cluster1\/precheck/);
    const why = 'hidden reason of the retry';
    const retried = await meshwright(keys, 'retry', 'whole', 'cluster1/base', '--reason', why);
    expect(retried.exitCode).toBe(0);
    expect(await readable('whole')).toEqual([]);
    await worker?.stop();
    const { stdout } = await meshwright(keys, 'history', 'whole', '-o', 'json');
    for (const text of ['hidden reason of the install', why, 'hidden summary of a step'])
      expect(stdout).toContain(text);

    const codePath = await bundledWorkflows(
      dataConverterOf(readPayloadKeys(keys)).failureConverterPath,
    );
    const history = await server.client.workflow.getHandle('mesh-whole').fetchHistory();
    const dataConverter = dataConverterOf(readPayloadKeys(keys));
    await Worker.runReplayHistory({ workflowBundle: { codePath }, dataConverter }, history);
  },
  LIMIT_MS,
);

test(
  'without encryption the same can be read, also by who has keys',
  async () => {
    await work();
    expect((await install('plain')).exitCode).toBe(3);
    expect((await readable('plain')).length).toBe(HIDDEN.length - 2);
    const keys = await keyFile('later');
    await worker?.stop();
    await work(keys);
    const retried = await meshwright(keys, 'retry', 'plain', 'cluster1/base', '--reason', 'now');
    expect(retried.exitCode).toBe(0);
    const { stdout } = await meshwright(keys, 'history', 'plain', '-o', 'json');
    expect(stdout).toContain('hidden reason of the install');
    expect(stdout).toContain('hidden summary of a step');
    expect(await readable('plain')).not.toContain('hidden summary of a step');
  },
  LIMIT_MS,
);

test(
  'who has no key, or another, is told so in one line and shown nothing',
  async () => {
    const keys = await keyFile('mine');
    const [{ id } = { id: '' }] = readPayloadKeys(keys);
    await work(keys);
    await install('locked', keys);
    const other = await keyFile('other');
    for (const [wrong, said] of [
      [undefined, 'MESHWRIGHT_PAYLOAD_KEYS is not set here'],
      [other, `MESHWRIGHT_PAYLOAD_KEYS has ${readPayloadKeys(other)[0]?.id ?? ''} only`],
    ] as const) {
      for (const words of [
        ['status', 'locked'],
        ['history', 'locked'],
        ['verify', 'locked'],
        ['retry', 'locked', 'cluster1/base', '--reason', 'mine'],
        ['abort', 'locked', '--reason', 'mine', '--yes', '--confirm', 'locked'],
      ]) {
        const { exitCode, stdout, stderr } = await meshwright(wrong, ...words);
        expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 2, stdout: '' });
        const [line, ...cure] = stderr.trim().split('\n');
        expect(line).toContain(`what Temporal holds is encrypted with key ${id}, and ${said}`);
        expect(cure.join('\n')).toMatch(/^ {2}try: export MESHWRIGHT_PAYLOAD_KEYS=FILE\b.*$/);
      }
    }
  },
  LIMIT_MS,
);

test(
  'nothing is started in plain text where the worker encrypts',
  async () => {
    const keys = await keyFile('strict');
    await work(keys);
    const { exitCode, stderr } = await install('bare');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `the worker encrypts with key ${readPayloadKeys(keys)[0]?.id ?? ''}, and MESHWRIGHT_PAYLOAD_KEYS is not set here`,
    );
    await expect(server.client.workflow.getHandle('mesh-bare').describe()).rejects.toThrow();
    expect((await install('bare', keys)).exitCode).toBe(3);
  },
  LIMIT_MS,
);

test(
  'nothing is decided in plain text where the worker encrypts, though the operation began without',
  async () => {
    await work();
    expect((await install('begun')).exitCode).toBe(3);
    await worker?.stop();
    const keys = await keyFile('decided');
    await work(keys);
    const handle = server.client.workflow.getHandle('mesh-begun');
    const { historyLength } = await handle.describe();
    const why = ['--reason', 'hidden reason of the retry'];
    const named = ['--yes', '--confirm', 'begun'];
    for (const words of [
      ['retry', 'begun', 'cluster1/base', ...why],
      ['skip', 'begun', 'cluster1/base', ...why],
      ['pause', 'begun', ...why],
      ['resume', 'begun', ...why],
      ['abort', 'begun', ...why, ...named],
      ['cancel', 'begun', ...why, ...named],
      ['cancel', 'begun', '--undo', ...why, ...named],
      ['sync', 'begun', '--stop', ...why],
      ['sync', 'begun', '--now', ...why],
    ]) {
      const { exitCode, stderr } = await meshwright(undefined, ...words);
      expect({ words, exitCode }).toEqual({ words, exitCode: 2 });
      expect(stderr).toContain('what this command sends could be read in Temporal');
    }
    expect((await handle.describe()).historyLength).toBe(historyLength);
    const retried = await meshwright(keys, 'retry', 'begun', 'cluster1/base', ...why);
    expect(retried.exitCode).toBe(0);
    expect(await readable('begun')).not.toContain('hidden reason of the retry');
  },
  LIMIT_MS,
);

test(
  'a worker without the key spoils nothing: the install waits, says why, and goes on with one that has it',
  async () => {
    const keys = await keyFile('waiting');
    await work();
    const file = await meshFile('waits');
    const started = await meshwright(keys, 'install', '-f', file, '--yes', '--detach');
    expect(started.exitCode).toBe(0);
    const handle = server.client.workflow.getHandle('mesh-waits');
    const { events } = await awaitTrue(
      () => handle.fetchHistory(),
      (history) => (history.events ?? []).some((event) => event.workflowTaskFailedEventAttributes),
    );
    expect(JSON.stringify(events)).toContain('MESHWRIGHT_PAYLOAD_KEYS is not set here');
    await worker?.stop();
    await work(keys);
    const blocked = await meshwright(keys, 'install', '-f', file, '--yes');
    expect(blocked.exitCode).toBe(3);
    expect(blocked.stderr).toContain('may not patch the hidden services');
  },
  LIMIT_MS,
);

test(
  'the codec server lets the temporal CLI read an encrypted history',
  async () => {
    const keys = await keyFile('served');
    await work(keys);
    await install('served', keys);
    const port = await freePort();
    const serving = startCli(['codec-server', '--port', `${port}`], env(keys));
    codec = serving;
    await awaitTrue(
      () => Promise.resolve(serving.stdout()),
      (said) => said.includes('for pages of'),
    );
    const { temporal } = await resolveParts(['temporal'], {
      env: process.env,
      onProgress: () => undefined,
    });
    const show = ['workflow', 'show', '--workflow-id', 'mesh-served', '--output', 'json'];
    const asked = [...show, '--address', server.address];
    const run = promisify(execFile);
    const shown = async (...more: string[]): Promise<string> =>
      decoded((await run(temporal, [...asked, ...more])).stdout);
    expect(await shown()).not.toContain('context-of-the-primary');
    const readable = await shown('--codec-endpoint', `http://127.0.0.1:${port}`);
    expect(readable).toContain('context-of-the-primary');
    expect(readable).toContain('may not patch the hidden services');
    expect(serving.stdout()).toMatch(/^decoded \d+ payloads? of namespace default$/m);
    serving.child.kill('SIGTERM');
    expect(await serving.ended).toBe(0);
  },
  LIMIT_MS,
);
