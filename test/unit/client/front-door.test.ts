import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runMeshwright, startMeshwright } from '../../../bin/run-meshwright.ts';
import type { RunResult } from '../../../bin/run-meshwright.ts';

const EXAMPLE = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'examples',
  'primary-remote-discovered.yaml',
);

/** Nothing listens on port 1 of the loopback address. */
const NOWHERE = {
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
  MESHWRIGHT_FILE: undefined,
};

function meshwright(...words: string[]): Promise<RunResult> {
  return runMeshwright(words, { env: NOWHERE, timeoutMs: 60_000 });
}

describe('meshwright', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'front-door-'));
  });

  test('helps on stdout', async () => {
    const { exitCode, stdout } = await meshwright('--help');
    expect({ exitCode, help: stdout.includes('install [options]') }).toEqual({
      exitCode: 0,
      help: true,
    });
  });

  test('suggests the command that was meant, and ends with 2', async () => {
    const { exitCode, stderr } = await meshwright('instal');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("unknown command 'instal'\n(Did you mean install?)");
  });

  test('suggests the flag that was meant, and ends with 2', async () => {
    const { exitCode, stderr } = await meshwright('install', '--yess');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Did you mean --yes?');
  });

  test('explains exit codes', async () => {
    expect((await meshwright('help', 'exit-codes')).stdout).toContain('124  --timeout passed');
    expect((await meshwright('help', 'exit-code')).stderr).toContain('Did you mean exit-codes?');
  });

  test('prints a schema and versions that programs can read', async () => {
    expect(JSON.parse((await meshwright('schema')).stdout)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
    });
    expect(JSON.parse((await meshwright('version', '-o', 'json')).stdout)).toMatchObject({
      kind: 'Version',
      temporalSdk: expect.stringMatching(/^\d+\.\d+/u),
    });
  });

  test('ends quietly when nobody reads its answer, and with the reason when it cannot be written', async () => {
    const ended = async (child: ChildProcess): Promise<{ code: number; stderr: string }> => {
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      const [code] = (await once(child, 'close')) as [number];
      return { code, stderr };
    };
    const unread = startMeshwright(['schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
    unread.stdout?.destroy();
    expect(await ended(unread)).toEqual({ code: 141, stderr: '' });
    const full = await open('/dev/full', 'w');
    const { code, stderr } = await ended(
      startMeshwright(['schema'], { stdio: ['ignore', full.fd, 'pipe'] }),
    );
    await full.close();
    expect(code).toBe(1);
    expect(stderr).toContain('the answer cannot be written: ENOSPC');
    expect(stderr).not.toContain('    at ');
  });

  test('waits for a Temporal that is slow to answer, then says what it may be, and ends with 4', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const began = Date.now();
    const { exitCode, stderr } = await meshwright('status', 'm', '--address', `127.0.0.1:${port}`);
    silent.close();
    expect(exitCode).toBe(4);
    expect(Date.now() - began).toBeGreaterThan(8_000);
    expect(stderr).toContain('it may be starting, or have too much to do: ask again');
    expect(stderr).toContain('or it wants TLS: export TEMPORAL_TLS=true');
  });

  test('tells all that is wrong with a mesh file at once, each with its place, and ends with 2', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(
      file,
      'apiVersion: meshwright.dev/v1alpha1\nkind: Mesch\nmetadata:\n  name: Prod\nspec:\n  clustrs: []\n',
    );
    const { exitCode, stderr, stdout } = await meshwright('install', '-f', file, '--yes');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`${file}:2:7  kind: `);
    expect(stderr).toContain(`${file}:4:9  metadata.name: `);
    expect(stderr).toContain('did you mean "clusters"');
  });

  test('names the flag when nobody can be asked, before anything else is done', async () => {
    const { exitCode, stderr } = await meshwright('install', '-f', EXAMPLE);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--yes');
  });

  test.each([
    ['status', 'prod'],
    ['install', '-f', EXAMPLE, '--yes'],
  ])(
    '%s finds out why Temporal cannot be reached, names cures, shows no stack, and ends with 4',
    async (...words) => {
      const { exitCode, stderr, stdout } = await meshwright(...words);
      expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
      expect(stderr).toContain('cannot reach Temporal at 127.0.0.1:1 (from TEMPORAL_ADDRESS)');
      expect(stderr).toContain('✖ TCP   connection refused: nothing is listening');
      expect(stderr).toContain('meshwright server');
      expect(stderr).not.toMatch(/\n {4}at /u);
    },
  );

  test('shows the stack of a failure only to those who ask for it', async () => {
    expect((await meshwright('status', 'prod', '--verbose')).stderr).toMatch(/\n {4}at /u);
  });
});
