import type { Resolution } from '../resolution.ts';
import type { ImageConfig } from './docker-archive.ts';
import type { RootFilesystem } from './root-filesystem.ts';

/** The program that holds a pod's namespaces. */
export async function fillPauseImage(
  root: RootFilesystem,
  resolution: Resolution,
): Promise<ImageConfig> {
  const pause = await resolution.part('pause');
  await root.addFile(pause.path, 'usr/bin/pause', 0o755, pause.sha256);
  return { entrypoint: ['/usr/bin/pause'] };
}

/** Cluster DNS; it forwards over TLS to whom the Corefile says, hence the certificates. */
export async function fillCorednsImage(
  root: RootFilesystem,
  resolution: Resolution,
): Promise<ImageConfig> {
  const coredns = await resolution.part('coredns');
  const roots = await resolution.part('ca-certificates');
  await root.addFile(coredns.path, 'usr/bin/coredns', 0o755, coredns.sha256);
  await root.addFile(roots.path, 'etc/ssl/certs/ca-certificates.crt', 0o644);
  return { entrypoint: ['/usr/bin/coredns'] };
}

/**
 * The sample application and its client: busybox (sh, httpd, wget and the rest) and curl. Without a command it serves
 * /www on port 5000; any user may run it.
 */
export async function fillAppImage(
  root: RootFilesystem,
  resolution: Resolution,
): Promise<ImageConfig> {
  const { env, run, signal } = resolution;
  const [busybox, curl, roots] = await Promise.all([
    resolution.part('busybox'),
    resolution.part('curl'),
    resolution.part('ca-certificates'),
  ]);
  const { stdout } = await run(busybox.path, ['--list'], { env, signal, timeoutMs: 10_000 });
  for (const applet of stdout.split('\n').filter((name) => name && name !== 'busybox')) {
    root.addLink(`usr/bin/${applet}`, 'busybox');
  }
  await root.addProgram(busybox.path, 'usr/bin/busybox');
  await root.addProgram(curl.path, 'usr/bin/curl');
  await root.addFile(roots.path, 'etc/ssl/certs/ca-certificates.crt', 0o644);
  root.addDirectory('www', 0o755);
  return { entrypoint: ['/usr/bin/busybox', 'httpd', '-f', '-p', '5000', '-h', '/www'] };
}

/** Any service of examples/bookinfo; its environment says which. */
export async function fillBookinfoImage(
  root: RootFilesystem,
  resolution: Resolution,
): Promise<ImageConfig> {
  const bookinfo = await resolution.part('bookinfo');
  await root.addFile(bookinfo.path, 'usr/bin/bookinfo', 0o755, bookinfo.sha256);
  return { entrypoint: ['/usr/bin/bookinfo'] };
}
