import { describe, expect, test } from '@jest/globals';
import { CommandFailed, runCommand } from '../../../../sandbox/toolchain/command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const options = { env: process.env, timeoutMs: 10_000 };

describe('a command', () => {
  test('gives what it printed on both streams', async () => {
    const printed = await runCommand('sh', ['-c', 'echo out; echo err >&2'], options);
    expect(printed).toEqual({ stdout: 'out\n', stderr: 'err\n' });
  });

  test('that fails tells its code and the end of what it printed', async () => {
    const failed = runCommand('sh', ['-c', 'seq 100; exit 3'], options);
    const error = await failed.catch((reason: unknown) => reason as CommandFailed);
    expect(error).toBeInstanceOf(CommandFailed);
    expect((error as CommandFailed).message).toContain('ended with code 3');
    expect((error as CommandFailed).tail(2)).toBe('99\n100');
  });

  test('that does not exist says so', async () => {
    await expect(runCommand('/nowhere/go', [], options)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that takes too long is ended', async () => {
    await expect(runCommand('sleep', ['60'], { ...options, timeoutMs: 50 })).rejects.toThrow(
      'gave no result within 0 s',
    );
  });

  test('is interrupted by an abort, so that it can clean up', async () => {
    const folder = await temporaryFolder();
    const called = new AbortController();
    const script = `trap 'touch ${folder}/cleaned; exit 1' INT; echo ready > ${folder}/ready; while :; do sleep 0.02; done`;
    const running = runCommand('sh', ['-c', script], { ...options, signal: called.signal });
    const wait = `until [ -s ${folder}/ready ]; do sleep 0.02; done`;
    await runCommand('sh', ['-c', wait], options);
    called.abort(new Error('called off'));
    await expect(running).rejects.toThrow('called off');
    await runCommand('test', ['-e', `${folder}/cleaned`], options);
  });
});
