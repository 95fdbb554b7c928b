import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Resolution } from '../resolution.ts';
import type { ImageConfig } from './docker-archive.ts';
import type { RootFilesystem } from './root-filesystem.ts';
import { sharedLibraries } from './shared-libraries.ts';

/** istiod: one static program, as Istio's distroless image has it. */
export async function fillPilotImage(
  root: RootFilesystem,
  resolution: Resolution,
): Promise<ImageConfig> {
  const pilot = await resolution.part('pilot-discovery');
  const roots = await resolution.part('ca-certificates');
  await root.addFile(pilot.path, 'usr/local/bin/pilot-discovery', 0o755, pilot.sha256);
  await root.addFile(roots.path, 'etc/ssl/certs/ca-certificates.crt', 0o644);
  return { entrypoint: ['/usr/local/bin/pilot-discovery'], user: '1337:1337' };
}

/** The proxy: pilot-agent and Envoy, and what istio-init needs to redirect a pod's traffic. */
export async function fillProxyImage(
  root: RootFilesystem,
  resolution: Resolution,
): Promise<ImageConfig> {
  const [agent, envoy, bootstrap, roots] = await Promise.all([
    resolution.part('pilot-agent'),
    resolution.part('envoy'),
    resolution.part('envoy-bootstrap'),
    resolution.part('ca-certificates'),
  ]);
  await root.addProgram(agent.path, 'usr/local/bin/pilot-agent', agent.sha256);
  await root.addProgram(envoy.path, 'usr/local/bin/envoy', envoy.sha256);
  await root.addFile(
    bootstrap.path,
    'var/lib/istio/envoy/envoy_bootstrap_tmpl.json',
    0o644,
    bootstrap.sha256,
  );
  await root.addFile(roots.path, 'etc/ssl/certs/ca-certificates.crt', 0o644);
  await addNameService(root, envoy.path, resolution);
  await addTrafficRedirection(root, resolution);
  return { entrypoint: ['/usr/local/bin/pilot-agent'] };
}

/** The C library loads its DNS client by name, so ldd does not show it; since glibc 2.34 it is built in. */
async function addNameService(
  root: RootFilesystem,
  program: string,
  resolution: Resolution,
): Promise<void> {
  const libraries = await sharedLibraries(program, resolution);
  const libc = libraries.find((path) => basename(path) === 'libc.so.6');
  if (libc === undefined) return;
  const folder = dirname(libc);
  const modules = (await readdir(folder)).filter((name) =>
    /^libnss_(dns|files)\.so\.2$/.test(name),
  );
  for (const name of modules) await root.addProgram(join(folder, name), join(folder, name));
}

/** The names by which iptables is called, each a link to one program for each kernel interface. */
const IPTABLES_NAMES = ['', '-save', '-restore'].flatMap((verb) => [
  `iptables|${verb}`,
  `ip6tables|${verb}`,
]);

async function addTrafficRedirection(root: RootFilesystem, resolution: Resolution): Promise<void> {
  const [iptables, nft, ip] = await Promise.all([
    resolution.part('iptables'),
    resolution.part('nft'),
    resolution.part('ip'),
  ]);
  await root.addProgram(nft.path, 'usr/sbin/nft');
  await root.addProgram(ip.path, 'usr/sbin/ip');
  const preferred = await realpath(iptables.path);
  const folder = dirname(preferred);
  const programs = (await readdir(folder)).filter((name) =>
    /^xtables-(nft|legacy)-multi$/.test(name),
  );
  for (const program of programs) {
    await root.addProgram(join(folder, program), `usr/sbin/${program}`);
    const variant = program.split('-')[1] ?? '';
    for (const [name = '', verb = ''] of IPTABLES_NAMES.map((pair) => pair.split('|'))) {
      root.addLink(`usr/sbin/${name}-${variant}${verb}`, program);
      if (basename(preferred) === program) root.addLink(`usr/sbin/${name}${verb}`, program);
    }
  }
  await addXtablesPlugins(root, preferred, resolution);
}

/** Matches and targets of iptables, loaded by name from a folder beside its library. */
async function addXtablesPlugins(
  root: RootFilesystem,
  iptables: string,
  resolution: Resolution,
): Promise<void> {
  const libraries = await sharedLibraries(iptables, resolution);
  const xtables = libraries.find((path) => basename(path).startsWith('libxtables'));
  if (xtables === undefined) return;
  const folder = join(dirname(xtables).replace(/^\/lib/, '/usr/lib'), 'xtables');
  const plugins = (await readdir(folder)).filter((name) => name.endsWith('.so')).sort();
  for (const plugin of plugins) {
    await root.addFile(join(folder, plugin), join(folder, plugin), 0o644);
  }
}
