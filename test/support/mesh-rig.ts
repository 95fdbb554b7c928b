import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Document, parseDocument } from 'yaml';
import { runMeshwright, type RunResult } from '../../bin/run-meshwright.ts';
import { startServer, type RunningServer } from '../../bin/demo/running-server.ts';
import { parseDurationMs } from '../../sandbox/duration.ts';
import type { SandboxStatus } from '../../sandbox/sandbox-status.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import { bringUp } from '../../sandbox/up.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

const run = promisify(execFile);
/** Where nobody listens. */
const NOBODY = 'https://127.0.0.1:1';

/** Shape of a rig. */
export type RigOptions = {
  /** How gateways of the networks are found. @default `meshNetworks` */
  gateways?: 'meshNetworks' | 'discovered';
  /** Time until a LoadBalancer has its address. @default `0s` */
  lbDelay?: string;
  /** Number of clusters. @default 2 */
  clusters?: number;
  /** Which clusters share a network, as `sandbox up --networks` takes it. @default `separate` */
  networks?: string;
  /** More variables for Temporal, the worker and every command. @default none */
  env?: { [name: string]: string };
};

/** Real clusters, a real Temporal server and a worker, for one test file. */
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
  /** Writes a mesh file beside the sandbox's own, which `change` may have changed, and answers its path. */
  editMesh(change: (mesh: Document) => void): string;
  /** Does something wrong to a cluster, or ends that: the words of `sandbox fault CLUSTER …`. */
  fault(cluster: string, ...words: string[]): Promise<void>;
  /**
   * Lets nobody be found at the address under which this machine knows a cluster's API server; answers what ends that. The cluster itself is well, where a
   * stopped API server costs its controllers a minute after the end.
   */
  cutOff(cluster: string): () => void;
  /** How the sandbox is: addresses that load balancers gave, faults in force. */
  sandboxStatus(): Promise<SandboxStatus>;
  /** Runs kubectl in a cluster. @throws Error when it fails */
  kubectl(cluster: string, ...words: string[]): Promise<string>;
  /** Lists objects as kubectl answers them. */
  objects(cluster: string, ...words: string[]): Promise<KubernetesObject[]>;
  /** Takes everything down. */
  down(): Promise<void>;
};

/**
 * Raises a rig.
 * @throws Error with what the sandbox said when it does not come up
 */
export async function raiseMeshRig(options: RigOptions = {}): Promise<MeshRig> {
  const dir = mkdtempSync(join(tmpdir(), 'mesh-rig-'));
  const kubectlPath = await resolvePart('kubectl', {
    env: process.env,
    onProgress: () => undefined,
  });
  const {
    gateways = 'meshNetworks',
    lbDelay = '0s',
    clusters = 2,
    networks = 'separate',
    env = {},
  } = options;
  const spoken: string[] = [];
  let edits = 0;
  const sandbox = async (...words: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runMeshwright(['sandbox', ...words, '--dir', dir]);
    if (exitCode !== 0)
      throw new Error(`sandbox ${words.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  const shape = { clusters, networks, gateways, lbDelayMs: parseDurationMs(lbDelay), dir };
  // Not detached: it ends with the tests, however they end.
  const brought = await bringUp(shape, () => undefined);
  const sandboxStatus = async (): Promise<SandboxStatus> =>
    JSON.parse(await sandbox('status', '-o', 'json')) as SandboxStatus;
  const { nameServer } = await brought.sandbox.status();
  const server = await startServer({ dir, keep: false, nameServers: nameServer, env }).catch(
    async (error: unknown) => {
      await brought.sandbox.down();
      throw error;
    },
  );
  const kubectl = async (cluster: string, ...words: string[]): Promise<string> => {
    const access = [
      '--kubeconfig',
      join(dir, 'kubeconfig'),
      '--context',
      cluster,
      '--request-timeout=20s',
    ];
    const { stdout } = await run(kubectlPath, [...access, ...words], {
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
    editMesh(change) {
      const mesh = parseDocument(readFileSync(join(dir, 'mesh.yaml'), 'utf8'));
      change(mesh);
      const file = join(dir, `mesh-${String(++edits)}.yaml`);
      writeFileSync(file, mesh.toString());
      return file;
    },
    async fault(cluster, ...words) {
      await sandbox('fault', cluster, ...words);
    },
    cutOff(cluster) {
      const path = join(dir, 'kubeconfig');
      const known = readFileSync(path, 'utf8');
      const config = JSON.parse(known) as {
        clusters: { name: string; cluster: { server: string } }[];
      };
      const entry = config.clusters.find(({ name }) => name === cluster);
      if (entry === undefined) throw new Error(`no cluster ${cluster} in ${path}`);
      entry.cluster.server = NOBODY;
      replaceFile(path, JSON.stringify(config));
      return () => replaceFile(path, known);
    },
    sandboxStatus,
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
      await brought.sandbox.down();
    },
  };
}

/** Replaces a file at once, for the worker may read it at any time. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.next`, text, { mode: 0o600 });
  renameSync(`${path}.next`, path);
}
