import { execFile } from 'node:child_process';
import { chmod, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import {
  awaitNamespace,
  namespaceLack,
  prepareNamespace,
  RETENTION_DAYS,
} from '../../worker/namespace-readiness.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';

const run = promisify(execFile);
const SETUP = fileURLToPath(new URL('../../deploy/setup-namespace.sh', import.meta.url));

describe('the namespace a worker needs', () => {
  let server: TemporalServer;
  let programs: string;

  beforeAll(async () => {
    server = await startTemporalServer();
    programs = await mkdtemp(join(tmpdir(), 'namespace-'));
    await chmod(programs, 0o755);
    const temporal = await resolvePart('temporal', {
      env: process.env,
      onProgress: () => undefined,
    });
    await symlink(temporal, join(programs, 'temporal'));
  });
  afterAll(async () => {
    await server.stop();
  });

  function environment(namespace: string): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${programs}:${process.env['PATH']}`,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: namespace,
    };
  }

  function lack(namespace: string): ReturnType<typeof namespaceLack> {
    return namespaceLack(server.nativeConnection, { address: server.address, namespace });
  }

  /** Runs a command as often as it takes: a namespace made a second ago is not known to all parts of the server yet. */
  async function runUntilItWorks(command: string): Promise<void> {
    while (
      !(await run('sh', ['-c', command], { env: environment('default') }).then(
        () => true,
        () => false,
      ))
    ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function retentionDays(namespace: string): Promise<number> {
    const { config } = await server.client.workflowService.describeNamespace({ namespace });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
  }

  test('the commands it names, run as they stand, give it what it lacks, one after the other', async () => {
    const missing = await lack('team');
    expect(missing?.lack).toBe('namespace "team" does not exist');
    await runUntilItWorks(missing?.cure ?? 'false');
    const bare = await lack('team');
    expect(bare?.lack).toMatch(/^namespace "team" lacks the search attributes MeshName, /);
    await runUntilItWorks(bare?.cure ?? 'false');
    expect(await lack('team')).toBeUndefined();
    expect(await retentionDays('team')).toBe(RETENTION_DAYS);
  });

  test('the namespace job of docker-compose.yml makes it, and changes nothing the second time', async () => {
    for (const _round of [1, 2]) {
      await run('sh', [SETUP], { env: environment('composed') });
      expect(await lack('composed')).toBeUndefined();
      expect(await retentionDays('composed')).toBe(RETENTION_DAYS);
    }
  });

  test('the namespace of our own server gets search attributes added since its database was made', async () => {
    await server.client.workflowService.registerNamespace({
      namespace: 'old',
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await prepareNamespace(server.nativeConnection, 'old');
    expect(await lack('old')).toBeUndefined();
    expect(await retentionDays('old')).toBe(RETENTION_DAYS);
  });

  test('a wait for it names the command, and ends by itself once it was run', async () => {
    const said: string[] = [];
    const target = {
      address: server.address,
      namespace: 'later',
      connection: { address: server.address },
    };
    const waiting = awaitNamespace(
      server.nativeConnection,
      target,
      (line) => {
        said.push(line);
        const [, command] = line.split('run: ');
        if (command !== undefined) void runUntilItWorks(command);
      },
      new AbortController().signal,
    );
    await waiting;
    expect(said.map((line) => line.split('\n')[0])).toEqual([
      'waiting: namespace "later" does not exist',
      expect.stringContaining('waiting: namespace "later" lacks the search attributes'),
      'namespace "later" has all it needs',
    ]);
  });
});
