import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { resolveParts } from '../sandbox/toolchain/resolve.ts';
import { onFreshSandbox, type BenchShape } from './fresh-sandbox.ts';

const run = promisify(execFile);

/** What the script took. */
export type GuideTimes = {
  /** Seconds to its end. */
  done: number;
  /** Seconds to each of its sections, in words. */
  marks: string;
};

type MeshFile = {
  spec: {
    meshID: string;
    istio: { hub: string; tag: string; values: object; meshConfig: object; resources: object[] };
    clusters: { apiServer: string }[];
  };
};

/** Istio's sample files, in the module cache that istioctl was built from. */
async function samples(): Promise<string> {
  const module = fileURLToPath(new URL('../sandbox/toolchain/istio', import.meta.url));
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'], {
    cwd: module,
  });
  return join(stdout.trim(), 'samples', 'multicluster');
}

/** Times the guide's script on a fresh sandbox. @throws Error with the end of its output when it fails */
export async function measureGuide(shape: BenchShape): Promise<GuideTimes> {
  const parts = await resolveParts(['istioctl', 'kubectl'], {
    env: process.env,
    onProgress: () => undefined,
  });
  const multicluster = await samples();
  return onFreshSandbox(shape, async () => {
    const work = mkdtempSync(join(tmpdir(), 'istio-guide-'));
    try {
      const { spec } = parse(readFileSync(join(shape.dir, 'mesh.yaml'), 'utf8')) as MeshFile;
      const { hub, tag, values, meshConfig, resources } = spec.istio;
      const head = { apiVersion: 'install.istio.io/v1alpha1', kind: 'IstioOperator' };
      writeFileSync(
        join(work, 'overlay.yaml'),
        stringify({ ...head, spec: { hub, tag, values, meshConfig } }),
      );
      writeFileSync(
        join(work, 'resources.yaml'),
        resources.map((object) => stringify(object)).join('---\n'),
      );
      const started = Date.now() / 1000;
      await run(fileURLToPath(new URL('./istio-guide.sh', import.meta.url)), [], {
        timeout: 15 * 60_000,
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...process.env,
          ISTIOCTL: parts.istioctl,
          KUBECTL: parts.kubectl,
          KUBECONFIG: resolve(shape.dir, 'kubeconfig'),
          CLUSTERS: String(shape.clusters),
          MESH_ID: spec.meshID,
          OVERLAY: join(work, 'overlay.yaml'),
          RESOURCES: join(work, 'resources.yaml'),
          EXPOSE_ISTIOD: join(multicluster, 'expose-istiod.yaml'),
          EXPOSE_SERVICES: join(multicluster, 'expose-services.yaml'),
          API_SERVERS: spec.clusters.map(({ apiServer }) => apiServer).join(' '),
          WORK: work,
        },
      });
      const stamps = readFileSync(join(work, 'stamps'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string])
        .map(([at, name]) => ({ name, at: Number(at) - started }));
      return {
        done: stamps.at(-1)?.at ?? Number.NaN,
        marks: stamps.map(({ name, at }) => `${name} ${at.toFixed(1)}`).join(', '),
      };
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}
