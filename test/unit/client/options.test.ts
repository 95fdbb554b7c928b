import { describe, expect, test } from '@jest/globals';
import { readDuration, readLimit, readMeshName, readReason } from '../../../client/options.ts';
import { buildProgram } from '../../../bin/program.ts';

describe('values of flags', () => {
  test('durations are those of mesh files', () => {
    expect(readDuration('90s')).toBe(90_000);
    expect(readDuration('1h30m')).toBe(5_400_000);
    for (const wrong of ['', '90', '0s', '-1s', '1.5h', '169h', '10 m'])
      expect(() => readDuration(wrong)).toThrow('write it like 90s');
  });

  test('a mesh name can neither leave a query nor a link', () => {
    expect(readMeshName('prod-eu1')).toBe('prod-eu1');
    for (const wrong of ['', 'Prod', 'a/b', 'a" OR ""="', '-a', 'a'.repeat(64)])
      expect(() => readMeshName(wrong)).toThrow('DNS label');
  });

  test('a reason says something', () => {
    expect(readReason(' quota raised ')).toBe('quota raised');
    for (const wrong of ['', '   ', 'x'.repeat(501)])
      expect(() => readReason(wrong)).toThrow('1 to 500');
  });

  test('a reason that is too long is not said again', async () => {
    const parsed = buildProgram().parseAsync(['pause', 'prod', '--reason', 'xy'.repeat(300)], {
      from: 'user',
    });
    await expect(parsed).rejects.toMatchObject({
      exitCode: 2,
      message: 'the reason has 600 characters: say why in 1 to 500',
    });
  });

  test('a limit is a count', () => {
    expect(readLimit('20')).toBe(20);
    for (const wrong of ['0', '-1', '1.5', 'x', '1001'])
      expect(() => readLimit(wrong)).toThrow('1 to 1000');
  });
});

describe('the program', () => {
  test('has the commands of this version and no stubs of others', () => {
    expect(buildProgram().commands.map((command) => command.name())).toEqual([
      'plan',
      'install',
      'uninstall',
      'status',
      'verify',
      'history',
      'retry',
      'skip',
      'abort',
      'pause',
      'resume',
      'cancel',
      'sync',
      'schema',
      'version',
      'inject',
      'worker',
      'server',
      'codec-server',
      'sandbox',
      'help',
    ]);
  });

  test('every command says what it does, and every flag what it means', () => {
    for (const command of buildProgram().commands) {
      expect(command.description()).not.toBe('');
      for (const option of command.options)
        expect({ flag: option.flags, described: option.description !== '' }).toEqual({
          flag: option.flags,
          described: true,
        });
    }
  });
});
