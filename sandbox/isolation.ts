import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { nameServerAddress } from './shape.ts';

/** Values kubelet insists on (k8s.io/kubernetes/pkg/util/sysctl). */
const kubeletTunables = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
} as const;

/**
 * Makes the machine's files safe from what runs in the sandbox. In the sandbox's own mount
 * namespace only: /run is empty and in memory, /etc, /var/lib and /var/log are written to memory,
 * names are resolved by the sandbox's name server, and kubelet finds the kernel settings it wants
 * in plain files instead of changing the machine's.
 *
 * @param dir the sandbox's directory; it stays the real one, wherever it is
 */
export async function isolateMounts(dir: string): Promise<void> {
  const covered = ['/etc', '/var/lib', '/var/log'].map((path) => {
    const scratch = `/run/sandbox-cover${path}`;
    const options = `lowerdir=${path},upperdir=${scratch}/upper,workdir=${scratch}/work`;
    return `mkdir -p ${scratch}/upper ${scratch}/work && mount -t overlay -o ${options} overlay ${path}`;
  });
  const script = [
    'set -e',
    'mount --make-rshared /',
    // Held open and mounted back, because it may lie below what gets covered.
    'exec 3<"$1"',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'mkdir -p /run/netns /run/lock',
    ...covered,
    'mkdir -p "$1"',
    'mount --bind /proc/self/fd/3 "$1"',
    'rm -f /etc/resolv.conf',
    `echo nameserver ${nameServerAddress} > /etc/resolv.conf`,
  ].join('\n');
  await runCommand('sh', ['-c', script, 'sh', dir]);
  await hideTunables();
}

async function hideTunables(): Promise<void> {
  const commands = Object.entries(kubeletTunables).map(([name, value]) => {
    const file = join('/run/sandbox-tunables', name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `${value}\n`);
    return `if [ -e /proc/sys/${name} ]; then mount --bind ${file} /proc/sys/${name}; fi`;
  });
  await runCommand('sh', ['-ec', commands.join('\n')]);
}
