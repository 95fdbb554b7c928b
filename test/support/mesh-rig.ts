import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runMeshwright, type RunResult } from '../../bin/run-meshwright.ts';
import { startServer, type RunningServer } from '../../bin/demo/running-server.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

const run = promisify(execFile);

/** Shape of a rig. */
export type RigOptions = {
  /** How gateways of the networks are found. @default `meshNetworks` */
  gateways?: 'meshNetworks' | 'discovered';
  /** Time until a LoadBalancer has its address. @default `0s` */
  lbDelay?: string;
};

/** Two real clusters, a real Temporal server and a worker, for one test file. */
export type MeshRig = {
  /** Directory of the sandbox; the mesh file is `<dir>/mesh.yaml`. */
  dir: string;
  /** The sandbox's mesh file. */
  meshFile: string;
  /** Temporal and the worker. */
  server: RunningServer;
  /** Everything that commands wrote to their streams so far. */
  spoken: string[];
  /** Runs `meshwright` against the rig's Temporal. */
  meshwright(...words: string[]): Promise<RunResult>;
  /** Runs kubectl in a cluster. @throws Error when it fails */
  kubectl(cluster: string, ...words: string[]): Promise<string>;
  /** Lists objects as kubectl answers them. */
  objects(cluster: string, ...words: string[]): Promise<KubernetesObject[]>;
  /** Takes everything down. */
  down(): Promise<void>;
};

/**
 * Raises a rig of two clusters on separate networks.
 * @throws Error with what the sandbox said when it does not come up
 */
export async function raiseMeshRig(options: RigOptions = {}): Promise<MeshRig> {
  const dir = mkdtempSync(join(tmpdir(), 'mesh-rig-'));
  const kubectlPath = await resolvePart('kubectl', {
    env: process.env,
    onProgress: () => undefined,
  });
  const { gateways = 'meshNetworks', lbDelay = '0s' } = options;
  const up = ['up', '--clusters', '2', '--gateways', gateways, '--lb-delay', lbDelay, '--detach'];
  const spoken: string[] = [];
  const sandbox = async (...words: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runMeshwright(['sandbox', ...words, '--dir', dir]);
    if (exitCode !== 0)
      throw new Error(`sandbox ${words.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  await sandbox(...up);
  const server = await startServer({ dir, keep: false });
  const kubectl = async (cluster: string, ...words: string[]): Promise<string> => {
    const access = [
      '--kubeconfig',
      join(dir, 'kubeconfig'),
      '--context',
      cluster,
      '--request-timeout=20s',
    ];
    const { stdout } = await run(kubectlPath, [...words, ...access], {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
    });
    return stdout;
  };
  return {
    dir,
    meshFile: join(dir, 'mesh.yaml'),
    server,
    spoken,
    async meshwright(...words) {
      const result = await runMeshwright(words, { env: server.env });
      spoken.push(result.stdout, result.stderr);
      return result;
    },
    kubectl,
    async objects(cluster, ...words) {
      return (
        JSON.parse(await kubectl(cluster, 'get', ...words, '-o', 'json')) as {
          items: KubernetesObject[];
        }
      ).items;
    },
    async down() {
      await server.stop();
      await sandbox('down');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
