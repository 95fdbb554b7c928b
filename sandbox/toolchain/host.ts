import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, platform } from 'node:os';
import { ToolchainUnavailable } from './unavailable.ts';

/** What the resolver must know about the machine. */
export interface HostFacts {
  /** `linux`, `darwin`, … as Node names it. */
  platform: NodeJS.Platform;
  /** `x64`, `arm64`, … as Node names it. */
  arch: string;
  /** True for user id 0. */
  root: boolean;
  /** True on Debian, Ubuntu and what derives from them. */
  debian: boolean;
  /** Usable processors. */
  cores: number;
  /** Folder under which the operating system's own files are: `/`, or a folder of a test. */
  systemRoot: string;
}

/** Reads the facts of this machine. */
export async function readHostFacts(): Promise<HostFacts> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    platform: platform(),
    arch: arch(),
    root: process.getuid?.() === 0,
    debian: isDebianLike(release),
    cores: availableParallelism(),
    systemRoot: '/',
  };
}

/** Tells whether an os-release file is that of a Debian or of a system derived from it. */
export function isDebianLike(osRelease: string): boolean {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
}

/** Where somebody whose machine cannot host a sandbox goes on. */
const KIND_INSTEAD = 'docs/kind.md builds the same mesh on kind with MetalLB';

/**
 * Refuses a machine that cannot host a sandbox at all.
 * @throws {ToolchainUnavailable} not Linux, not root, or a processor no part is built for
 */
export function requireSandboxHost(host: HostFacts): void {
  if (host.platform !== 'linux') {
    throw new ToolchainUnavailable(
      `a sandbox needs Linux: it is made of network namespaces and containerd, and this is ${host.platform}`,
      KIND_INSTEAD,
    );
  }
  if (host.arch !== 'x64' && host.arch !== 'arm64') {
    throw new ToolchainUnavailable(
      `a sandbox needs an x64 or arm64 processor, and this is ${host.arch}`,
      KIND_INSTEAD,
    );
  }
  if (!host.root) {
    throw new ToolchainUnavailable(
      'a sandbox needs root: it makes network namespaces, mounts and containers',
      `run the same command as root (sudo); without root, ${KIND_INSTEAD}`,
    );
  }
}

/** Go's name for this processor. @throws {ToolchainUnavailable} for one that no part is built for */
export function goArch(host: HostFacts): string {
  if (host.arch === 'x64') return 'amd64';
  if (host.arch === 'arm64') return 'arm64';
  throw new ToolchainUnavailable(
    `no part is built for the processor ${host.arch}`,
    'use a machine with an x64 or arm64 processor',
  );
}
