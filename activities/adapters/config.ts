import { delimiter, isAbsolute, join } from 'node:path';
import type { AdapterConfig } from './connect.ts';

/**
 * Reads the adapters' configuration from an environment.
 *
 * - `KUBECONFIG`: files, the first that has a context wins. @default `~/.kube/config`
 * - `MESHWRIGHT_ALLOWED_EXEC`: credential plugins that may run, absolute paths. @default none
 * - `MESHWRIGHT_ISTIOCTL`: istioctl binaries, looked at first. @default none
 * - `MESHWRIGHT_HOME`: state of the worker. @default `~/.local/share/meshwright`
 * - `MESHWRIGHT_CACHE`: what can be made again. @default `~/.cache/meshwright`
 *
 * @throws Error naming variable and value for a path that is not absolute in MESHWRIGHT_ALLOWED_EXEC.
 */
export function readAdapterConfig(
  env: { [name: string]: string | undefined },
  home: string,
): AdapterConfig {
  const stateDir = env['MESHWRIGHT_HOME'] || join(home, '.local/share/meshwright');
  const cacheDir = env['MESHWRIGHT_CACHE'] || join(home, '.cache/meshwright');
  const kubeconfig = listOf(env['KUBECONFIG']);
  const allowedExec = listOf(env['MESHWRIGHT_ALLOWED_EXEC']);
  const relative = allowedExec.find((path) => !isAbsolute(path));
  if (relative !== undefined)
    throw new Error(`MESHWRIGHT_ALLOWED_EXEC: "${relative}" is not an absolute path`);
  const host = env['KUBERNETES_SERVICE_HOST'];
  return {
    kube: {
      paths: kubeconfig.length === 0 ? [join(home, '.kube/config')] : kubeconfig,
      allowedExec,
      inCluster:
        host === undefined || host === ''
          ? null
          : { host, port: env['KUBERNETES_SERVICE_PORT'] ?? '443' },
    },
    pluginEnv: { HOME: home, PATH: env['PATH'] ?? '/usr/bin:/bin' },
    istioctl: {
      paths: listOf(env['MESHWRIGHT_ISTIOCTL']),
      versionsDir: join(stateDir, 'istioctl'),
      searchDirs: listOf(env['PATH']),
    },
    renderedDir: join(cacheDir, 'rendered'),
    trustDir: join(stateDir, 'trust'),
  };
}

function listOf(value: string | undefined): string[] {
  return (value ?? '').split(delimiter).filter((part) => part !== '');
}
