import { createHash } from 'node:crypto';
import { canonicalJson } from '../../mesh/canonical-json.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { JsonObject } from '../../mesh/json.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ManifestRenderer } from '../ports/manifest-renderer.ts';
import { redactSecrets } from '../attempt/redact-secrets.ts';
import {
  type IstioctlBinary,
  type IstioctlConfig,
  ISTIOCTL_ENV,
  istioctlFinder,
} from './istioctl-binary.ts';
import { createLimiter } from './limiter.ts';
import { manifestParser } from './parse-manifests.ts';
import type { RenderedManifests } from './rendered-manifests.ts';
import { ProcessEnded, runProcess } from './run-process.ts';

/** istioctl takes 0.3 s of a core and 190 MB; more at once slow each other down. */
const AT_ONCE = 2;
/** Generous for a machine that swaps; the usual is half a second. */
const LIMIT_MS = 120_000;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

/** Renders with the istioctl of exactly the version asked for; the same document is rendered once. */
export function istioctlRenderer(
  config: IstioctlConfig,
  kept: RenderedManifests,
  signal: () => AbortSignal | undefined,
): ManifestRenderer {
  const find = istioctlFinder(config);
  const parse = manifestParser();
  const limiter = createLimiter(AT_ONCE);
  const running = new Map<string, Promise<KubernetesObject[]>>();

  const generate = async (
    binary: IstioctlBinary,
    version: string,
    document: string,
  ): Promise<KubernetesObject[]> => {
    const args = ['manifest', 'generate', '--filename', '-'];
    const result = await runProcess(binary.path, args, {
      env: ISTIOCTL_ENV,
      input: document,
      limitMs: LIMIT_MS,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
    }).catch((cause: unknown) => {
      if (cause instanceof ProcessEnded) throw failed(version, cause.message);
      throw new MeshFailure(
        'ToolMissing',
        `istioctl ${version} at ${binary.path} could not be started`,
        {},
        { cause },
      );
    });
    if (result.exitCode === null)
      throw new MeshFailure(
        'Unexpected',
        `istioctl ${version} was killed while it rendered; is the worker out of memory?`,
      );
    if (result.exitCode !== 0)
      throw failed(
        version,
        lastLine(result.stderrTail).replace(/^Error: /, '') || `exit code ${result.exitCode}`,
        result.stderrTail,
      );
    try {
      return parse(result.stdout);
    } catch (cause) {
      throw new MeshFailure(
        'ToolFailed',
        `istioctl ${version} printed manifests that are not YAML`,
        {},
        { cause },
      );
    }
  };

  const render = async (
    digest: string,
    binary: IstioctlBinary,
    version: string,
    document: string,
  ): Promise<KubernetesObject[]> => {
    const known = await kept.read(digest);
    if (known !== null) return known;
    const objects = await limiter.run(undefined, () => generate(binary, version, document));
    await kept.keep(digest, objects);
    return objects;
  };

  return {
    render: async (version, operator: JsonObject) => {
      const binary = await find(version);
      // JSON is YAML that YAML 1.1 reads no differently: a network called "no" stays a text.
      const document = canonicalJson(operator);
      const digest = createHash('sha256')
        .update(`${version}\n${binary.stamp}\n${document}`)
        .digest('hex');
      // Shared by the steps that want the same, so no step's signal ends it; it has its own limit.
      const rendering =
        running.get(digest) ??
        render(digest, binary, version, document).finally(() => running.delete(digest));
      running.set(digest, rendering);
      return structuredClone(await orAbort(rendering, signal()));
    },
  };
}

/** Waits for shared work, but no longer than the own signal allows. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function failed(version: string, why: string, stderr = ''): MeshFailure {
  const lines = redactSecrets(stderr)
    .split('\n')
    .map((line) => line.trim().slice(0, 200))
    .filter((line) => line !== '');
  return new MeshFailure(
    'ToolFailed',
    `istioctl ${version} refuses to render: ${redactSecrets(why).slice(0, 500)}`,
    {
      cure: 'correct istio.values, istio.meshConfig or the overlays of the cluster in the mesh file, then install again',
      lines: lines.slice(-10),
    },
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
