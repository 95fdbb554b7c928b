import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/** Runs the demo as a newcomer does, but in a directory of its own, and answers everything it said. */
async function demo(
  dir: string,
  ...words: string[]
): Promise<{ exitCode: number | null; said: string }> {
  const child = spawn('npm', ['run', 'demo', '--', '--dir', dir, ...words], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
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
    dir = mkdtempSync(join(tmpdir(), 'meshwright-demo-'));
  });

  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
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
});
