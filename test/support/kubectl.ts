import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';

/** How a call of kubectl ended. */
export interface KubectlResult {
  readonly code: number | null;
  readonly output: string;
  readonly complaint: string;
}

/** Calls kubectl on one cluster. */
export type Kubectl = (
  cluster: string,
  words: readonly string[],
  input?: string,
) => Promise<KubectlResult>;

/** Finds kubectl in the toolchain and binds it to a kubeconfig; each call ends within 60 s. */
export async function openKubectl(kubeconfig: string): Promise<Kubectl> {
  const program = await resolvePart('kubectl', { env: process.env, onProgress: () => undefined });
  return async (cluster, words, input) => {
    const args = [
      '--kubeconfig',
      kubeconfig,
      '--context',
      cluster,
      '--request-timeout=20s',
      ...words,
    ];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    // Few commands read their input, and one may end before it is written: EPIPE says nothing that the exit code does not say better.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output, complaint };
  };
}
