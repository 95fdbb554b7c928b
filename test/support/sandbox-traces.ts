import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cgroupDirectories, sandboxCgroup } from '../../sandbox/cgroups.ts';
import { layoutOf } from '../../sandbox/layout.ts';
import { identifyProcess, isAlive } from '../../sandbox/process-identity.ts';
import type { ProcessIdentity } from '../../sandbox/process-identity.ts';
import { readRecord } from '../../sandbox/record.ts';

/** What a running sandbox occupies on the machine, to be looked for when it is gone. */
export interface SandboxTraces {
  /** Every process below the supervisor, itself included. */
  readonly processes: readonly ProcessIdentity[];
  /** Their namespaces that the test's own process does not share, e.g. `net:[4026532231]`. */
  readonly namespaces: readonly string[];
  /** The sandbox's directory. */
  readonly dir: string;
  /** The cgroup of its containers. */
  readonly cgroup: string;
}

const namespaceKinds = ['net', 'mnt', 'pid'];

/** Notes everything a running sandbox occupies. */
export function collectTraces(dir: string): SandboxTraces {
  const record = readRecord(layoutOf(dir));
  if (record === undefined) throw new Error(`no sandbox runs in ${dir}`);
  const children = new Map<number, number[]>();
  for (const pid of processIds()) {
    const parent = parentOf(pid);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  const pids = below(record.supervisor.pid);
  const own = new Set(namespacesOf('self'));
  return {
    processes: pids.flatMap((pid) => identifyProcess(pid) ?? []),
    namespaces: [...new Set(pids.flatMap((pid) => namespacesOf(pid)))].filter(
      (each) => !own.has(each),
    ),
    dir,
    cgroup: sandboxCgroup(record.id),
  };
}

/** Says what of it is still there; empty when nothing is. */
export function remainingTraces(traces: SandboxTraces): string[] {
  const everywhere = new Set(processIds().flatMap((pid) => namespacesOf(pid)));
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return [
    ...traces.processes.filter(isAlive).map(({ pid }) => `process ${pid}`),
    ...traces.namespaces.filter((each) => everywhere.has(each)).map((each) => `namespace ${each}`),
    ...mounts.filter((line) => line.includes(traces.dir)).map((line) => `mount ${line}`),
    ...cgroupDirectories(traces.cgroup).map((path) => `cgroup ${path}`),
    ...namedNamespaces().map((name) => `network namespace ${name}`),
  ];
}

function namedNamespaces(): string[] {
  try {
    return readdirSync('/run/netns').filter((name) => /^cluster\d+$/.test(name));
  } catch {
    return [];
  }
}

function processIds(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1;
  }
}

function namespacesOf(pid: number | 'self'): string[] {
  return namespaceKinds.flatMap((kind) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/${kind}`);
    } catch {
      return [];
    }
  });
}
