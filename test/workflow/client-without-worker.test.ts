import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runMeshwright } from '../../bin/run-meshwright.ts';
import type { RunResult } from '../../bin/run-meshwright.ts';
import { startCli } from '../support/cli-run.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';
import { expectStatusFields } from '../support/mesh-status-fields.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'primary-remote-discovered.yaml');
/** Time for one test on a busy machine, in milliseconds. */
const LIMIT_MS = 60_000;

describe('without a worker', () => {
  let server: TemporalServer;
  let folder: string;
  let env: { [name: string]: string | undefined };

  beforeAll(async () => {
    server = await startTemporalServer();
    folder = await mkdtemp(join(tmpdir(), 'client-without-worker-'));
    env = {
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
      MESHWRIGHT_USER: 'ana@laptop',
    };
  }, 180_000);

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  function meshwright(...words: string[]): Promise<RunResult> {
    return runMeshwright(words, { env, timeoutMs: LIMIT_MS });
  }

  /** The example under another name, so that tests do not meet. */
  async function meshFile(
    name: string,
    change: (text: string) => string = (text) => text,
  ): Promise<string> {
    const file = join(folder, `${name}-${Math.random().toString(36).slice(2)}.yaml`);
    await writeFile(
      file,
      change((await readFile(EXAMPLE, 'utf8')).replace('name: mesh1', `name: ${name}`)),
    );
    return file;
  }

  test(
    'a mesh that never was is said to be so, with the cure and the name that was meant',
    async () => {
      await meshwright('install', '-f', await meshFile('production'), '--yes', '--detach');
      for (const command of ['status', 'history', 'verify']) {
        const { exitCode, stderr, stdout } = await meshwright(command, 'prodution');
        expect({ command, exitCode, stdout }).toEqual({ command, exitCode: 1, stdout: '' });
        expect(stderr).toContain('mesh "prodution" was never installed');
        expect(stderr).toContain('try: meshwright install -f mesh.yaml');
      }
      expect((await meshwright('status', 'prodution')).stderr).toContain(
        'did you mean "production"?',
      );
    },
    LIMIT_MS,
  );

  test(
    'a namespace that is not there is named, with the command that creates it',
    async () => {
      const { exitCode, stderr } = await meshwright('status', 'prod', '--namespace', 'nope');
      expect(exitCode).toBe(4);
      expect(stderr).toContain(`there is no namespace "nope" at ${server.address}`);
      expect(stderr).toContain('temporal operator namespace create');
    },
    LIMIT_MS,
  );

  test(
    'plan and verify end with 5 and say how to start one',
    async () => {
      const file = await meshFile('no-plan');
      for (const words of [
        ['plan', '-f', file],
        ['verify', 'no-plan', '-f', file],
      ]) {
        const { exitCode, stderr } = await meshwright(...words);
        expect({ words, exitCode }).toEqual({ words, exitCode: 5 });
        expect(stderr).toContain('nobody polls task queue "meshwright" in namespace "default"');
        expect(stderr).toContain('try: meshwright worker');
      }
    },
    LIMIT_MS,
  );

  test(
    'install --detach stores the run, says so, and answers with what programs need',
    async () => {
      const { exitCode, stdout, stderr } = await meshwright(
        'install',
        '-f',
        await meshFile('stored'),
        '--yes',
        '--detach',
        '-o',
        'json',
      );
      expect(exitCode).toBe(0);
      const { runId, ...answer } = JSON.parse(stdout) as { runId: string };
      expect(answer).toMatchObject({
        kind: 'InstallStarted',
        mesh: 'stored',
        workflowId: 'mesh-stored',
        attached: false,
      });
      expect(answer).toMatchObject({
        ui: `http://localhost:8233/namespaces/default/workflows/mesh-stored/${runId}/timeline`,
      });
      expect(stderr).toContain('nobody polls task queue');
    },
    LIMIT_MS,
  );

  test(
    'status tells from history where the mesh stands, and ends with 5',
    async () => {
      await meshwright(
        'install',
        '-f',
        await meshFile('waiting'),
        '--yes',
        '--detach',
        '--reason',
        'first',
      );
      const { exitCode, stdout, stderr } = await meshwright('status', 'waiting', '-o', 'json');
      expect(exitCode).toBe(5);
      expectStatusFields(JSON.parse(stdout) as object);
      expect(stderr).toContain('the install waits and goes on when one does');
    },
    LIMIT_MS,
  );

  test(
    'the same install again attaches to the one that runs, and another file is refused with who runs what',
    async () => {
      const started = JSON.parse(
        (
          await meshwright(
            'install',
            '-f',
            await meshFile('twice'),
            '--yes',
            '--detach',
            '-o',
            'json',
            '--reason',
            'first',
          )
        ).stdout,
      ) as object;
      const again = await meshwright(
        'install',
        '-f',
        await meshFile('twice'),
        '--yes',
        '--detach',
        '-o',
        'json',
      );
      expect(JSON.parse(again.stdout)).toEqual({ ...started, attached: true });
      const other = await meshFile('twice', (text) =>
        text.replace(
          'network: network1',
          'network: network1\n      values: {pilot: {autoscaleEnabled: false}}',
        ),
      );
      const refused = await meshwright('install', '-f', other, '--yes');
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toMatch(
        /an install of twice with another file runs: run [0-9a-f-]{13}, started \w+ ago by ana@laptop \("first"\)/u,
      );
      expect(refused.stderr).toContain('meshwright status twice --watch');
    },
    LIMIT_MS,
  );

  test(
    'following ends with 124 at its time limit, and the run goes on',
    async () => {
      const { exitCode, stderr } = await meshwright(
        'install',
        '-f',
        await meshFile('patient'),
        '--yes',
        '--timeout',
        '1s',
      );
      expect(exitCode).toBe(124);
      expect(stderr).toContain('stopped waiting after 1s: the install of patient goes on');
      expect(
        JSON.parse((await meshwright('status', 'patient', '-o', 'json')).stdout),
      ).toMatchObject({ operation: { state: 'running' } });
    },
    LIMIT_MS,
  );

  test(
    'Ctrl-C detaches with 130, says how to follow and to cancel, and the run goes on',
    async () => {
      const cli = startCli(['install', '-f', await meshFile('left'), '--yes'], env);
      await cli.said('install of left started');
      await cli.said('install running');
      cli.child.kill('SIGINT');
      expect(await cli.ended).toBe(130);
      expect(cli.stderr()).toContain('detached: the install of left goes on');
      expect(cli.stderr()).toContain('meshwright status left --watch');
      expect(cli.stderr()).toContain('meshwright cancel left --reason');
      expect(JSON.parse((await meshwright('status', 'left', '-o', 'json')).stdout)).toMatchObject({
        operation: { state: 'running' },
      });
    },
    LIMIT_MS,
  );

  test(
    'following says that no worker polls',
    async () => {
      const cli = startCli(
        ['install', '-f', await meshFile('lonely'), '--yes', '--progress', 'plain'],
        env,
      );
      await cli.said('no worker polls: start one with `meshwright worker`');
      cli.child.kill('SIGINT');
      expect(await cli.ended).toBe(130);
    },
    LIMIT_MS,
  );

  test(
    'a retry is not sent into the void',
    async () => {
      await meshwright('install', '-f', await meshFile('stuck'), '--yes', '--detach');
      const { exitCode, stderr } = await meshwright(
        'retry',
        'stuck',
        'cluster1/precheck',
        '--reason',
        'again',
      );
      expect(exitCode).toBe(5);
      expect(stderr).toContain('the retry cannot be accepted');
    },
    LIMIT_MS,
  );

  test(
    'history shows what is stored',
    async () => {
      await meshwright(
        'install',
        '-f',
        await meshFile('told'),
        '--yes',
        '--detach',
        '--reason',
        'new region',
      );
      const { exitCode, stdout } = await meshwright('history', 'told', '-o', 'json');
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'MeshHistory',
        mesh: 'told',
        operations: [
          {
            kind: 'install',
            workflowId: 'mesh-told',
            by: 'ana@laptop',
            reason: 'new region',
            state: 'running',
            finishedAt: null,
            decisions: [],
          },
        ],
      });
    },
    LIMIT_MS,
  );
});
