import { describe, expect, test } from '@jest/globals';
import { startCli } from '../support/cli-run.ts';
import { clientBed } from '../support/client-bed.ts';
import { awaitTrue } from '../support/install-run.ts';
import { expectStatusFields } from '../support/mesh-status-fields.ts';

describe('without a worker', () => {
  const { env, meshFile, meshwright, server } = clientBed();

  test('a mesh that never was is said to be so, with the cure and the name that was meant', async () => {
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
  });

  test('a mesh whose latest operation was deleted in Temporal is not said to be one that never was', async () => {
    const { workflowService, workflow } = server().client;
    const handle = workflow.getHandle('mesh-deleted');
    const ended = async (): Promise<string> => {
      await meshwright('install', '-f', await meshFile('deleted'), '--yes', '--detach');
      const { runId } = await handle.describe();
      await handle.terminate();
      return runId;
    };
    await ended();
    const workflowExecution = { workflowId: 'mesh-deleted', runId: await ended() };
    await workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
    await awaitTrue(
      () => meshwright('status', 'deleted'),
      ({ stderr }) => stderr.includes('was deleted in Temporal'),
      60_000,
    );
    const { exitCode, stderr } = await meshwright(
      'uninstall',
      'deleted',
      '--yes',
      '--confirm',
      'deleted',
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the latest operation of mesh "deleted" was deleted in Temporal');
    expect(stderr).toContain('meshwright uninstall deleted -f mesh.yaml');
    expect((await meshwright('history', 'deleted')).exitCode).toBe(0);
  });

  test('a namespace that is not there is named, with the command that creates it', async () => {
    const { exitCode, stderr } = await meshwright('status', 'prod', '--namespace', 'nope');
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`there is no namespace "nope" at ${server().address}`);
    expect(stderr).toContain('temporal operator namespace create');
  });

  test('plan and verify end with 5 and say how to start one', async () => {
    const file = await meshFile('unplanned');
    for (const words of [
      ['plan', '-f', file],
      ['verify', 'unplanned', '-f', file],
    ]) {
      const { exitCode, stderr } = await meshwright(...words);
      expect({ words, exitCode }).toEqual({ words, exitCode: 5 });
      expect(stderr).toContain('nobody polls task queue "meshwright" in namespace "default"');
      expect(stderr).toContain('try: meshwright worker');
    }
  });

  test('install --detach stores the run, says so, and answers with what programs need', async () => {
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
  });

  test('status tells from history where the mesh stands, and ends with 5', async () => {
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
  });

  test('the same install again attaches to the one that runs, and another file is refused with who runs what', async () => {
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
  });

  test('following ends with 124 at its time limit, and the run goes on', async () => {
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
    expect(JSON.parse((await meshwright('status', 'patient', '-o', 'json')).stdout)).toMatchObject({
      operation: { state: 'running' },
    });
  });

  test('Ctrl-C detaches with 130, says how to follow and to cancel, and the run goes on', async () => {
    const cli = startCli(['install', '-f', await meshFile('left'), '--yes'], env());
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
  });

  test('following says that no worker polls', async () => {
    const cli = startCli(
      ['install', '-f', await meshFile('lonely'), '--yes', '--progress', 'plain'],
      env(),
    );
    await cli.said('no worker polls: start one with `meshwright worker`');
    cli.child.kill('SIGINT');
    expect(await cli.ended).toBe(130);
  });

  test('a retry is not sent into the void', async () => {
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
  });

  test('history shows what is stored', async () => {
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
  });
});
