import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { openAdapters } from '../activities/adapters/connect.ts';
import { istioctlInjector } from '../activities/adapters/istioctl-inject.ts';
import type { ActivityScope } from '../activities/ports/activity-scope.ts';
import type { WritePermit } from '../activities/ports/write-permit.ts';
import { meshFileName, readAdapters } from './config.ts';
import { injectManifests, injectionTarget } from './manual-injection.ts';
import { note, print } from './output.ts';
import { StartFailure } from './start-failure.ts';

/** Flags of `inject`. */
export type InjectFlags = {
  /** Manifests; `-` reads stdin. */
  file: string;
  /** Name of the cluster the manifests are for. */
  cluster: string;
  /** Mesh file. @default MESHWRIGHT_FILE, else mesh.yaml */
  mesh?: string;
};

/** No activity runs here: nothing cancels it but Ctrl-C, and nobody hears what it waits for. */
const SCOPE: ActivityScope = {
  signal: new AbortController().signal,
  report: () => undefined,
  awayAt: () => null,
  scheduledAt: new Date(0).toISOString(),
  now: () => new Date().toISOString(),
};

/** Manual injection reads what the cluster injects with, and nothing else. */
const WRITES_NOTHING: WritePermit = {
  confirmed: () => Promise.reject(new Error('inject writes to no cluster')),
  holds: () => false,
};

/** Runs `meshwright inject`: manifests with sidecars on stdout, what got none on stderr. */
export async function runInjectCommand(flags: InjectFlags): Promise<void> {
  const meshFile = flags.mesh ?? meshFileName();
  const target = injectionTarget(await readText(meshFile, 'mesh file'), meshFile, flags.cluster);
  const manifests = await readText(flags.file, 'manifests');
  const config = readAdapters();
  const adapters = openAdapters(config, { scope: SCOPE, permit: () => WRITES_NOTHING });
  try {
    const ports = { clusters: adapters.clusters, injector: istioctlInjector(config.istioctl) };
    const { output, notes } = await injectManifests(ports, target, {
      name: flags.file === '-' ? 'stdin' : flags.file,
      text: manifests,
    });
    print(output);
    for (const line of notes) note(line);
  } finally {
    await adapters.close();
  }
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: { [code: string]: string } = {
      ENOENT: 'there is no such file',
      EACCES: 'it may not be read',
      EISDIR: 'it is a directory',
    };
    throw new StartFailure(
      `cannot read ${what} ${file}: ${reasons[code ?? ''] ?? String(error)}`,
      what === 'manifests'
        ? 'name the manifests with -f FILE, or -f - for stdin'
        : 'name the mesh file with --mesh FILE or MESHWRIGHT_FILE',
    );
  }
}
