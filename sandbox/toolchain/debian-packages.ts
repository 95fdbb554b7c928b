import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from './command.ts';
import type { CommandOutput } from './command.ts';
import { withProgress } from './progress.ts';
import type { Resolution } from './resolution.ts';
import { ToolchainUnavailable } from './unavailable.ts';

/** apt-get may have to wait for another one and for a slow mirror. */
const INSTALL_LIMIT_MS = 30 * 60_000;

/** Waits for another apt-get instead of failing at once; recommended packages are not needed. */
const INSTALL = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];

/**
 * Refuses to go on without packages where they cannot be installed.
 * @throws {ToolchainUnavailable} with the exact command as its cure
 */
export function requireInstallable(packages: readonly string[], resolution: Resolution): void {
  const { debian, root } = resolution.host;
  if (debian && root) return;
  const list = packages.join(' ');
  const command = `apt-get update && apt-get install -y --no-install-recommends ${list}`;
  throw new ToolchainUnavailable(
    `these are missing on this machine: ${list}`,
    debian
      ? `install them: sudo sh -c '${command}'`
      : `install what this system calls them (Debian: ${command}), or follow docs/kind.md`,
  );
}

/**
 * Installs Debian packages, having said so, and keeps the services they bring from starting.
 * @throws {ToolchainUnavailable} when apt-get fails
 */
export async function installPackages(
  packages: readonly string[],
  resolution: Resolution,
): Promise<void> {
  const what = `the packages ${packages.join(' ')}`;
  await withProgress(
    resolution.onProgress,
    { subject: 'packages', doing: 'installing', did: 'installed', what },
    async () => {
      if (!(await haveLists(resolution))) await apt(['update'], resolution);
      await withoutServices(resolution, () => installOnceOrAfterUpdate(packages, resolution));
      await leaveDisabled(packages, resolution);
    },
  );
}

/** Lists that are older than the mirror name packages that are gone; one update cures that. */
async function installOnceOrAfterUpdate(
  packages: readonly string[],
  resolution: Resolution,
): Promise<void> {
  try {
    await apt([...INSTALL, ...packages], resolution);
  } catch {
    await apt(['update'], resolution);
    await apt([...INSTALL, ...packages], resolution);
  }
}

async function haveLists({ host }: Resolution): Promise<boolean> {
  const names = await readdir(join(host.systemRoot, 'var/lib/apt/lists')).catch(() => []);
  return names.some((name) => name.includes('_Packages'));
}

async function apt(args: readonly string[], resolution: Resolution): Promise<CommandOutput> {
  try {
    return await resolution.run('apt-get', ['-q', ...args], {
      env: { ...resolution.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeoutMs: INSTALL_LIMIT_MS,
      signal: resolution.signal,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new ToolchainUnavailable(
      `apt-get ${args[0]} failed: ${error.message}\n${error.tail()}`,
      `see that the package mirror can be reached, then run: apt-get ${args.join(' ')}`,
      { cause: error },
    );
  }
}

/** Debian asks this program before a package starts its services; 101 means no. */
const POLICY = 'usr/sbin/policy-rc.d';
const OUR_POLICY =
  '#!/bin/sh\n# written by meshwright while it installs packages; safe to remove\nexit 101\n';

/** A policy that is somebody's own stays as it is. One that a killed run of ours left is taken over and removed. */
async function withoutServices({ host }: Resolution, install: () => Promise<void>): Promise<void> {
  const policy = join(host.systemRoot, POLICY);
  const present = await readFile(policy, 'utf8').catch(() => undefined);
  const ours = present === undefined || present === OUR_POLICY;
  if (ours) await writeFile(policy, OUR_POLICY, { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}

/** Every node of the sandbox runs a containerd of its own; the machine's would only start at the next boot. */
async function leaveDisabled(packages: readonly string[], resolution: Resolution): Promise<void> {
  if (!packages.includes('containerd')) return;
  const { env, signal } = resolution;
  const disabling = resolution.run('systemctl', ['disable', 'containerd'], {
    env,
    signal,
    timeoutMs: 30_000,
  });
  await disabling.catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
  });
}
