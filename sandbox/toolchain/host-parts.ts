import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findInRightVersion, findOnPath, findOverride } from './existing-part.ts';
import type { HostPartName, ResolvedPart } from './parts.ts';
import type { Resolution } from './resolution.ts';

/** Where the operating system keeps a part and which Debian package brings it. */
interface HostPart {
  /** The Debian packages that bring it. */
  packages: readonly string[];
  /** Finds it. Returns undefined where it is missing or not good enough. */
  find(resolution: Resolution): Promise<string | undefined>;
}

function program(name: string, ...packages: string[]): HostPart {
  return { packages, find: (resolution) => findOnPath(name, resolution) };
}

async function firstExisting(
  paths: readonly string[],
  { host }: Resolution,
): Promise<string | undefined> {
  for (const path of paths.map((name) => join(host.systemRoot, name))) {
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** A busybox without httpd, as some systems ship it, cannot serve the sample application. */
async function busyboxWithHttpd(resolution: Resolution): Promise<string | undefined> {
  const { env, run, signal } = resolution;
  const path = await findOnPath('busybox', resolution);
  if (path === undefined) return undefined;
  const listed = await run(path, ['--list'], { env, timeoutMs: 10_000, signal }).catch(
    () => undefined,
  );
  const applets = listed?.stdout.split('\n') ?? [];
  return ['sh', 'httpd', 'wget'].every((applet) => applets.includes(applet)) ? path : undefined;
}

/** A python3 that has pip, which Debian splits off. */
async function pythonWithPip(resolution: Resolution): Promise<string | undefined> {
  const { env, run, signal } = resolution;
  const path = await findOnPath('python3', resolution);
  if (path === undefined) return undefined;
  const answered = run(path, ['-m', 'pip', '--version'], { env, timeoutMs: 30_000, signal });
  return answered.then(
    () => path,
    () => undefined,
  );
}

/** The plugins the sandbox's pod network is made of, in the folders that Debian, Fedora and others use. */
async function cniPlugins(resolution: Resolution): Promise<string | undefined> {
  for (const folder of ['usr/lib/cni', 'opt/cni/bin', 'usr/libexec/cni', 'usr/local/lib/cni']) {
    const plugins = ['bridge', 'host-local', 'portmap', 'loopback'];
    const found = await Promise.all(
      plugins.map((name) => firstExisting([join(folder, name)], resolution)),
    );
    if (found.every((path) => path !== undefined)) return join(resolution.host.systemRoot, folder);
  }
  return undefined;
}

const HOST_PARTS: Readonly<Record<HostPartName, HostPart>> = {
  containerd: {
    packages: ['containerd'],
    find: async (resolution) => (await findInRightVersion('containerd', resolution))?.path,
  },
  'containerd-shim-runc-v2': program('containerd-shim-runc-v2', 'containerd'),
  ctr: program('ctr', 'containerd'),
  runc: program('runc', 'runc'),
  'cni-plugins': { packages: ['containernetworking-plugins'], find: cniPlugins },
  iptables: program('iptables', 'iptables'),
  nft: program('nft', 'nftables'),
  ip: program('ip', 'iproute2'),
  nsenter: program('nsenter', 'util-linux'),
  unshare: program('unshare', 'util-linux'),
  busybox: { packages: ['busybox-static'], find: busyboxWithHttpd },
  curl: program('curl', 'curl'),
  'ca-certificates': {
    packages: ['ca-certificates'],
    find: (resolution) =>
      firstExisting(
        ['etc/ssl/certs/ca-certificates.crt', 'etc/pki/tls/certs/ca-bundle.crt'],
        resolution,
      ),
  },
  python3: { packages: ['python3', 'python3-pip'], find: pythonWithPip },
};

/** Finds a part of the operating system. Returns undefined when it is missing. */
export async function findHostPart(
  name: HostPartName,
  resolution: Resolution,
): Promise<ResolvedPart | undefined> {
  const override = await findOverride(name, resolution);
  if (override) return override;
  const path = await HOST_PARTS[name].find(resolution);
  return path === undefined ? undefined : { path };
}

/** Names the Debian packages that bring these parts, each once. */
export function packagesOf(names: readonly HostPartName[]): string[] {
  return [...new Set(names.flatMap((name) => HOST_PARTS[name].packages))].sort();
}
