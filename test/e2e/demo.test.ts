import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { awaitCondition } from '../../sandbox/await-condition.ts';
import { openSandbox } from '../../sandbox/sandbox.ts';
import { processesIn } from '../support/seen-processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the demo as a newcomer does, but in a directory of its own, and answers everything it said. */
async function demo(
  dir: string,
  ...words: string[]
): Promise<{ exitCode: number | null; said: string }> {
  const child = spawn('npm', ['run', 'demo', '--', '--dir', dir, ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, said };
}

describe('npm run demo', () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'demo-'));
  });

  test.each(['meshNetworks', 'discovered'])(
    'makes two clusters one mesh while the worker is killed, gateways: %s',
    async (gateways) => {
      const { exitCode, said } = await demo(join(dir, gateways), '--gateways', gateways);
      expect({ exitCode, tail: exitCode === 0 ? '' : said.slice(-3000) }).toEqual({
        exitCode: 0,
        tail: '',
      });
      expect(said).toMatch(/was killed with SIGKILL after \d+ of \d+ steps/);
      expect(said).toContain('4/4 pairs');
      expect(said).toContain('Temporal UI: http://');
      expect(said).toContain('is gone');
    },
    600_000,
  );

  test('takes everything down when it is terminated in the middle of the install', async () => {
    const folder = join(dir, 'terminated');
    const child = spawn(process.execPath, ['bin/demo.ts', '--dir', folder], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const ended = once(child, 'close');
    await awaitCondition('a step', async () => /── install[^]*✔/.test(said), 300_000);
    child.kill('SIGTERM');
    expect(await ended).toEqual([130, null]);
    expect(await processesIn(folder)).toEqual([]);
    expect(openSandbox(folder)).toBeUndefined();
  }, 600_000);
});
