import { describe, expect, test } from '@jest/globals';
import { EXIT, EXIT_CODE_MEANINGS, exitCodesHelp } from '../../../client/exit-codes.ts';
import {
  detachedLines,
  exitOfFollow,
  exitOfState,
  exitOfStop,
} from '../../../client/live/follow-exit.ts';
import { aSnapshot } from '../../support/a-snapshot.ts';

describe('exit codes', () => {
  test('are the documented ones', () => {
    expect(EXIT).toEqual({
      ok: 0,
      failed: 1,
      usage: 2,
      blocked: 3,
      unreachable: 4,
      noWorker: 5,
      timedOut: 124,
      interrupted: 130,
      unread: 141,
    });
  });

  test('are all explained by help', () => {
    expect(EXIT_CODE_MEANINGS.map(({ code }) => code)).toEqual(Object.values(EXIT));
    for (const { code, meaning } of EXIT_CODE_MEANINGS)
      expect(exitCodesHelp()).toMatch(new RegExp(` ${code}  ${meaning.slice(0, 20)}`, 'u'));
  });

  test.each([
    ['running', 0],
    ['succeeded', 0],
    ['blocked', 3],
    ['failed', 1],
    ['canceled', 1],
  ] as const)('an operation that is %s ends with %i', (state, code) => {
    expect(exitOfState(state)).toBe(code);
  });

  test.each([
    ['that was canceled', 'canceled', null, 0],
    ['that was given up', 'failed', 'Aborted', 0],
    ['that succeeded before', 'succeeded', null, 0],
    ['that failed meanwhile', 'failed', 'PlanChanged', 1],
    ['that left clusters behind', 'failed', null, 1],
  ] as const)('of a command that ends an operation %s', (_which, state, type, code) => {
    const { progress } = aSnapshot([]);
    const operation = { ...progress.operation, state };
    const failure = type === null ? null : { type, message: 'x', cure: null, lines: [] };
    const snapshot = aSnapshot([], { operation }, { failure });
    expect(exitOfStop({ how: 'ended', snapshot })).toBe(code);
    expect(exitOfStop({ how: 'timeout', snapshot })).toBe(124);
  });

  test.each([
    ['install', ['meshwright status prod --watch', 'meshwright cancel prod --reason "…"']],
    ['uninstall', ['meshwright status prod --watch', 'meshwright cancel prod --reason "…"']],
    ['verify', ['meshwright verify prod']],
  ] as const)('commands about the %s that somebody stopped following are told', (kind, told) => {
    const run = { workflowId: 'w', runId: 'r' };
    const lines = detachedLines({ link: () => 'http://ui' }, 'prod', kind, run, 'detached');
    expect(lines.slice(1, -1).map(([, command]) => command)).toEqual(told);
  });

  test('say when nobody looked any longer', () => {
    const snapshot = aSnapshot([]);
    expect(exitOfFollow({ how: 'timeout', snapshot })).toBe(124);
    expect(exitOfFollow({ how: 'interrupted', snapshot: null })).toBe(130);
    expect(exitOfFollow({ how: 'ended', snapshot })).toBe(0);
  });
});
