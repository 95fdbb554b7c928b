import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { variablesHelp } from '../../../worker/cli.ts';
import { localWorkerEnvironment, readWorkerConfig } from '../../../worker/config.ts';
import { WORKER_VARIABLES } from '../../../worker/worker-variables.ts';

const NO_FILE = { HOME: '/home/ana', TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };

describe('settings of a worker', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'worker-config-'));
  });

  async function profileFile(): Promise<string> {
    const file = join(folder, 'temporal.toml');
    await writeFile(
      file,
      '[profile.default]\naddress = "from-file:1"\n[profile.cloud]\naddress = "cloud.example:7233"\nnamespace = "prod"\napi_key = "k"\n',
    );
    return file;
  }

  test('an empty environment means Temporal on this machine and folders in the home', () => {
    const config = readWorkerConfig({}, NO_FILE);
    expect(config.temporal).toMatchObject({ address: '127.0.0.1:7233', namespace: 'default' });
    expect(config).toMatchObject({
      home: '/home/ana/.local/share/meshwright',
      cache: '/home/ana/.cache/meshwright',
      logLevel: 'warn',
      adapters: {
        kube: { paths: ['/home/ana/.kube/config'], allowedExec: [], inCluster: null },
        trustDir: '/home/ana/.local/share/meshwright/trust',
      },
    });
  });

  test('a flag outranks the environment, and the environment outranks temporal.toml', async () => {
    const env = { ...NO_FILE, TEMPORAL_CONFIG_FILE: await profileFile() };
    expect(readWorkerConfig({}, env).temporal.address).toBe('from-file:1');
    const withVariable = { ...env, TEMPORAL_ADDRESS: 'from-env:2' };
    expect(readWorkerConfig({}, withVariable).temporal.address).toBe('from-env:2');
    expect(
      readWorkerConfig({ address: 'from-flag:3' }, withVariable).temporal.connection.address,
    ).toBe('from-flag:3');
  });

  test('a profile brings namespace and API key, and an API key turns TLS on', async () => {
    const { temporal } = readWorkerConfig(
      { profile: 'cloud' },
      { ...NO_FILE, TEMPORAL_CONFIG_FILE: await profileFile() },
    );
    expect(temporal).toMatchObject({ address: 'cloud.example:7233', namespace: 'prod' });
    expect(temporal.connection).toMatchObject({ apiKey: 'k', tls: true });
  });

  test('an unknown profile is refused by name', async () => {
    const env = { ...NO_FILE, TEMPORAL_CONFIG_FILE: await profileFile() };
    expect(() => readWorkerConfig({ profile: 'prud' }, env)).toThrow(/prud/);
  });

  test.each([
    ['TEMPORAL_ADDRESS', 'http://temporal/', /"http:\/\/temporal\/" is no Temporal address/],
    [
      'MESHWRIGHT_ALLOWED_EXEC',
      '/usr/bin/aws:gcloud',
      /MESHWRIGHT_ALLOWED_EXEC: "gcloud" is not an absolute path/,
    ],
    ['MESHWRIGHT_LOG_LEVEL', 'loud', /loud is no log level/],
  ])('%s=%s is refused', (name, value, message) => {
    expect(() => readWorkerConfig({}, { ...NO_FILE, [name]: value })).toThrow(message);
  });

  test('an istioctl that the sandbox has built is looked at', async () => {
    const built = join(folder, 'parts', 'istioctl', '1.31.0-abc');
    await mkdir(built, { recursive: true });
    await writeFile(join(built, 'istioctl'), '');
    const env = { ...NO_FILE, MESHWRIGHT_CACHE: folder, MESHWRIGHT_ISTIOCTL: '/opt/istioctl' };
    expect(readWorkerConfig({}, env).adapters.istioctl.paths).toEqual([
      '/opt/istioctl',
      join(built, 'istioctl'),
    ]);
  });

  test('the worker beside a server speaks to that server, whatever the environment says of another', () => {
    const env = {
      ...NO_FILE,
      TEMPORAL_ADDRESS: 'cloud:1',
      TEMPORAL_NAMESPACE: 'prod',
      TEMPORAL_API_KEY: 'k',
      TEMPORAL_PROFILE: 'cloud',
    };
    const { temporal } = readWorkerConfig({}, localWorkerEnvironment('127.0.0.1:7411', env));
    expect(temporal).toMatchObject({ address: '127.0.0.1:7411', namespace: 'default' });
    expect(temporal.connection.apiKey).toBeUndefined();
    expect(temporal.connection.tls).toBeUndefined();
  });

  test('the help names every variable with its default', () => {
    const help = variablesHelp();
    for (const { name, fallback } of WORKER_VARIABLES)
      expect(help).toMatch(new RegExp(`${name} .*\\(default: ${fallback}\\)`));
  });
});
