import { join } from 'node:path';
import { MeshFailure } from '../../mesh/failure.ts';
import type { KubeContext } from './kubeconfig-context.ts';
import { filesOfContext, judgeContext } from './kubeconfig-context.ts';
import { readEntries } from './kubeconfig-document.ts';
import { KUBECONFIG_LIMIT_BYTES, readBounded, stampOf } from './kubeconfig-files.ts';

/** Where contexts come from. */
export type KubeContextConfig = {
  /** Kubeconfig files as KUBECONFIG lists them; the first that has a name wins, missing ones are passed over. */
  paths: string[];
  /** Credential plugins that may run, as absolute paths. */
  allowedExec: string[];
  /** API server of the pod the worker runs in, which becomes context `in-cluster`; null outside of clusters. */
  inCluster: { host: string; port: string } | null;
};

/** Name of the context of the worker's own pod. */
export const IN_CLUSTER_CONTEXT = 'in-cluster';
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A context with the stamp of all files behind it; another stamp means it must be read again. */
export type StampedContext = {
  /** The judged context. */
  context: KubeContext;
  /** Answers whether a file behind the context has changed since. */
  changed(): Promise<boolean>;
};

/** Reads contexts by name, always from the files as they are now. */
export type KubeContexts = {
  /** @throws MeshFailure UnknownCluster when there is no such context, CredentialRefused when it is not allowed. */
  read(name: string): Promise<StampedContext>;
};

/** Makes a reader of contexts. */
export function openKubeContexts(config: KubeContextConfig): KubeContexts {
  return {
    read: async (name) => {
      const before = await stampOf(config.paths);
      const files = (
        await Promise.all(config.paths.map((path) => readBounded(path, KUBECONFIG_LIMIT_BYTES)))
      ).filter((file) => file !== null);
      const entries = readEntries(files);
      if (!entries.contexts.has(name)) {
        if (name === IN_CLUSTER_CONTEXT && config.inCluster !== null)
          return readInCluster(config.inCluster);
        const known = [
          ...entries.contexts.keys(),
          ...(config.inCluster === null ? [] : [IN_CLUSTER_CONTEXT]),
        ];
        throw unknownContext(name, known, config.paths, files.length);
      }
      const named = filesOfContext(name, entries);
      const namedBefore = await stampOf(named);
      const context = await judgeContext(name, entries, config.allowedExec);
      return {
        context,
        changed: async () =>
          (await stampOf(config.paths)) !== before || (await stampOf(named)) !== namedBefore,
      };
    },
  };
}

async function readInCluster({
  host,
  port,
}: {
  host: string;
  port: string;
}): Promise<StampedContext> {
  const caPath = join(SERVICE_ACCOUNT_DIR, 'ca.crt');
  const before = await stampOf([caPath]);
  const ca = await readBounded(caPath, KUBECONFIG_LIMIT_BYTES);
  if (ca === null) {
    throw new MeshFailure(
      'CredentialRefused',
      `context "${IN_CLUSTER_CONTEXT}": ${caPath} does not exist`,
      {
        cure: 'let the pod mount its service account token',
      },
    );
  }
  return {
    context: {
      name: IN_CLUSTER_CONTEXT,
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      caPem: ca.text,
      tlsServerName: null,
      clientCertificate: null,
      token: { kind: 'file', path: join(SERVICE_ACCOUNT_DIR, 'token') },
    },
    changed: async () => (await stampOf([caPath])) !== before,
  };
}

function unknownContext(
  name: string,
  known: string[],
  paths: string[],
  found: number,
): MeshFailure {
  const where = paths.join(', ');
  const message =
    found === 0
      ? `the worker has no context "${name}": no kubeconfig at ${where === '' ? 'any path' : where}`
      : `the worker has no context "${name}" in ${where}; it has ${known.length === 0 ? 'none' : known.slice(0, 20).join(', ')}`;
  return new MeshFailure('UnknownCluster', message, {
    cure: `start the worker with a KUBECONFIG that has context "${name}", or set clusters[].context in the mesh file`,
  });
}
