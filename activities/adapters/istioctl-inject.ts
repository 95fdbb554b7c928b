import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeshFailure } from '../../mesh/failure.ts';
import { revisionLabelValue } from '../../mesh/istio/istio-names.ts';
import type { ManualInjector } from '../ports/manual-injector.ts';
import { redactSecrets } from '../attempt/redact-secrets.ts';
import { type IstioctlConfig, ISTIOCTL_ENV, istioctlFinder } from './istioctl-binary.ts';
import { ProcessEnded, runProcess } from './run-process.ts';

/** The usual is less than a second. */
const LIMIT_MS = 60_000;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

/** Injects with the istioctl of exactly the version asked for. Manifests, which may hold Secrets, go through pipes and touch no disk. */
export function istioctlInjector(config: IstioctlConfig): ManualInjector {
  const find = istioctlFinder(config);
  return {
    async inject(version, revision, { templates, values, mesh }, manifests) {
      const binary = await find(version);
      const dir = await mkdtemp(join(tmpdir(), 'meshwright-inject-'));
      try {
        const files = { injectConfigFile: templates, valuesFile: values, meshConfigFile: mesh };
        const args = ['kube-inject', '--filename', '-'];
        // Without a revision istioctl asks a cluster for one, and waits for ever where there is none.
        args.push('--revision', revisionLabelValue(revision));
        for (const [flag, text] of Object.entries(files)) {
          await writeFile(join(dir, flag), text, { mode: 0o600 });
          args.push(`--${flag}`, join(dir, flag));
        }
        const result = await runProcess(binary.path, args, {
          env: ISTIOCTL_ENV,
          input: manifests,
          limitMs: LIMIT_MS,
          outputLimitBytes: OUTPUT_LIMIT_BYTES,
        }).catch((cause: unknown) => {
          if (cause instanceof ProcessEnded) throw refused(version, cause.message);
          throw cause;
        });
        if (result.exitCode !== 0) throw refused(version, lastLine(result.stderrTail));
        return result.stdout;
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

function refused(version: string, why: string): MeshFailure {
  return new MeshFailure(
    'ToolFailed',
    `istioctl ${version} does not inject: ${redactSecrets(why).slice(0, 500)}`,
    { cure: 'correct the manifests: kubectl apply --dry-run=client -f FILE says what is wrong' },
  );
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').replace(/^Error: /, '').trim() || 'no reason given';
}
