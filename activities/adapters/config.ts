import { isIP } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import type { AdapterConfig } from './connect.ts';

/**
 * Reads the adapters' configuration from an environment.
 *
 * - `KUBECONFIG`: files, the first that has a context wins. @default `~/.kube/config`
 * - `MESHWRIGHT_ALLOWED_EXEC`: credential plugins that may run, absolute paths. @default none
 * - `MESHWRIGHT_ISTIOCTL`: istioctl binaries, looked at first. @default none
 * - `MESHWRIGHT_NAME_SERVERS`: name servers for host names of load balancers, `IP` or `IP:PORT`. @default those of the machine
 * - `MESHWRIGHT_HOME`: state of the worker. @default `~/.local/share/meshwright`
 * - `MESHWRIGHT_CACHE`: what can be made again. @default `~/.cache/meshwright`
 *
 * @throws Error naming variable and value for a path that is not absolute in MESHWRIGHT_ALLOWED_EXEC, and for what is no name server.
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
    nameServers: nameServersOf(env['MESHWRIGHT_NAME_SERVERS']),
    renderedDir: join(cacheDir, 'rendered'),
    trustDir: join(stateDir, 'trust'),
  };
}

function nameServersOf(value: string | undefined): string[] {
  const servers = (value ?? '').split(',').filter((part) => part !== '');
  const wrong = servers.find((server) => !isNameServer(server));
  if (wrong !== undefined)
    throw new Error(
      `MESHWRIGHT_NAME_SERVERS: "${wrong}" is no address like 192.0.2.53 or 192.0.2.53:53`,
    );
  return servers;
}

/** An IP alone, or with a port: `192.0.2.53:53`, `[2001:db8::53]:53`. */
function isNameServer(server: string): boolean {
  if (isIP(server) !== 0) return true;
  const [, six, four, port] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(server) ?? [];
  return isIP(six ?? four ?? '') !== 0 && Number(port) > 0 && Number(port) < 65_536;
}

function listOf(value: string | undefined): string[] {
  return (value ?? '').split(delimiter).filter((part) => part !== '');
}
