import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const cgroupMount = '/sys/fs/cgroup';

/** The cgroup below which all containers of a sandbox live, e.g. `/meshwright-4f2a91c0`. */
export function sandboxCgroup(id: string): string {
  return `/meshwright-${id}`;
}

/**
 * Makes a cgroup, its parents included, ready to hold the pods of a kubelet.
 *
 * @param cgroup path below the mount, e.g. `/meshwright-4f2a91c0/cluster1`
 */
export function createCgroup(cgroup: string): void {
  for (const root of cgroupRoots()) {
    const levels = cgroup.split('/').filter(Boolean);
    levels.forEach((_, index) => createLevel(join(root, ...levels.slice(0, index + 1))));
  }
}

function createLevel(directory: string): void {
  const parent = dirname(directory);
  if (existsSync(join(parent, 'cgroup.controllers'))) {
    const controllers = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' ');
    for (const controller of controllers) {
      // Some, like rdma, cannot be passed on everywhere; kubelet names what it misses.
      attempt(() => writeFileSync(join(parent, 'cgroup.subtree_control'), `+${controller}`));
    }
  }
  mkdirSync(directory, { recursive: true });
  // A new cpuset of version 1 is empty, and nothing can run in it.
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (existsSync(join(directory, file)) && !existsSync(join(directory, 'cgroup.controllers'))) {
      attempt(() => writeFileSync(join(directory, file), readFileSync(join(parent, file))));
    }
  }
  // All pods together would weigh no more than one process beside them.
  if (existsSync(join(directory, 'cpu.shares')))
    writeFileSync(join(directory, 'cpu.shares'), '8192');
  if (existsSync(join(directory, 'cpu.weight')))
    writeFileSync(join(directory, 'cpu.weight'), '800');
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // The caller says what a failure means.
  }
}

function cgroupRoots(): string[] {
  if (!existsSync(cgroupMount)) return [];
  if (existsSync(join(cgroupMount, 'cgroup.controllers'))) return [cgroupMount];
  // Links such as cpu -> cpu,cpuacct name one hierarchy twice.
  return readdirSync(cgroupMount, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(cgroupMount, name));
}

/** Every directory that exists for a cgroup: one, or with cgroup v1 one per controller. */
export function cgroupDirectories(cgroup: string): string[] {
  return cgroupRoots()
    .map((root) => join(root, cgroup))
    .filter((path) => existsSync(path));
}

/**
 * Removes a cgroup and everything below it; its processes must be dead or dying.
 *
 * @returns directories that could not be removed within five seconds
 */
export async function removeCgroup(cgroup: string): Promise<string[]> {
  const deadline = Date.now() + 5000;
  for (;;) {
    for (const directory of cgroupDirectories(cgroup)) removeTree(directory);
    const left = cgroupDirectories(cgroup);
    if (left.length === 0 || Date.now() > deadline) return left;
    await delay(50);
  }
}

function removeTree(directory: string): void {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(directory, entry.name));
    }
    rmdirSync(directory);
  } catch {
    // Busy as long as a process in it is dying; the caller looks again.
  }
}
