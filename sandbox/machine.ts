import { accessSync, constants, existsSync } from 'node:fs';
import { innerEnvironment } from './environment.ts';
import { runCommand } from './run-command.ts';
import { UsageError } from './usage-error.ts';

/** What decides whether a machine can host a sandbox. */
export interface MachineFacts {
  /** As Node names it, e.g. `linux`. */
  readonly platform: string;
  /** Effective user id; -1 where there is none. */
  readonly userId: number;
  /** Why namespaces cannot be made; undefined when they can. */
  readonly namespaceTrouble: string | undefined;
  /** Cgroups are mounted and can be written. */
  readonly cgroupsWritable: boolean;
}

/**
 * Refuses a machine that cannot host a sandbox.
 *
 * @throws {UsageError} one message with the reason and where to read on
 */
export function requireSandboxMachine(facts: MachineFacts): void {
  const reason = reasonAgainst(facts);
  if (reason === undefined) return;
  throw new UsageError(
    `this machine cannot host the sandbox: ${reason}. docs/kind.md builds the same mesh on kind clusters`,
  );
}

function reasonAgainst(facts: MachineFacts): string | undefined {
  if (facts.platform !== 'linux') return `it needs Linux, this is ${facts.platform}`;
  if (facts.userId !== 0)
    return 'it needs root, for namespaces and containers; try again with sudo';
  if (facts.namespaceTrouble !== undefined)
    return `namespaces cannot be made (${facts.namespaceTrouble})`;
  if (!facts.cgroupsWritable) return 'cgroups below /sys/fs/cgroup cannot be written';
  return undefined;
}

/** Looks at this machine, by trying. */
export async function readMachineFacts(): Promise<MachineFacts> {
  const platform = process.platform;
  const userId = process.geteuid?.() ?? -1;
  const able = platform === 'linux' && userId === 0;
  return {
    platform,
    userId,
    namespaceTrouble: able ? await tryNamespaces() : undefined,
    cgroupsWritable: able && cgroupsWritable(),
  };
}

async function tryNamespaces(): Promise<string | undefined> {
  const script = 'mount --make-rshared / && mount -t tmpfs tmpfs /run';
  const args = ['--net', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', script];
  try {
    await runCommand('unshare', args, { timeoutMs: 10_000, environment: innerEnvironment() });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function cgroupsWritable(): boolean {
  const root = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  try {
    accessSync(root, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
