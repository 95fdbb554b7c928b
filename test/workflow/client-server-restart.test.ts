import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { startCli } from '../support/cli-run.ts';
import { aPlan, awaitTrue, scriptedInstall } from '../support/install-run.ts';
import { startMeshwrightServer } from '../support/meshwright-server.ts';
import type { MeshwrightServer } from '../support/meshwright-server.ts';
import { quietRuntime, startWorker } from '../support/workflow-worker.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'primary-remote-discovered.yaml');
/** Time for one test on a busy machine, in milliseconds. */
const LIMIT_MS = 120_000;

describe('a command that follows an install', () => {
  let server: MeshwrightServer;

  beforeAll(async () => {
    quietRuntime();
    server = await startMeshwrightServer(['--no-worker']);
    while (!server.said().includes('Ctrl-C stops')) {
      if (server.child.exitCode !== null) throw new Error(`the server ended: ${server.said()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }, LIMIT_MS);

  afterAll(() => server.end());

  test(
    'goes on when the Temporal server is killed and comes back, and then sees the end',
    async () => {
      const env = {
        ...server.env,
        TEMPORAL_ADDRESS: server.address,
        TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
      };
      const cli = startCli(['install', '-f', EXAMPLE, '--yes', '--progress', 'plain'], env);
      await cli.said('install running');
      const temporal = await server.processOf('start-dev');
      if (temporal === undefined) throw new Error('no process of the Temporal server was found');
      process.kill(temporal.pid, 'SIGKILL');
      const next = await awaitTrue(
        () => server.processOf('start-dev'),
        (found) => found !== undefined && found.pid !== temporal.pid,
      );
      expect(next?.pid).not.toBe(temporal.pid);
      // the process is there a moment before it listens
      const connection = await awaitTrue(
        () => NativeConnection.connect({ address: server.address }).catch(() => undefined),
        (made) => made !== undefined,
      );
      if (connection === undefined) throw new Error('the Temporal server did not come back');
      const steps = scriptedInstall(aPlan({ 'cluster1/base': [] }));
      const worker = await startWorker(connection, steps.activities(), TASK_QUEUE, 10);
      expect(await cli.ended).toBe(0);
      expect(cli.stdout()).toContain('install succeeded');
      await worker.stop();
      await connection.close();
    },
    LIMIT_MS,
  );
});
