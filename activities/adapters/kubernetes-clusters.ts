import type { Cluster, Clusters } from '../ports/cluster.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { openConnection, type ApiConnection } from './api-connection.ts';
import { openCredentials } from './api-credentials.ts';
import { freshReads } from './fresh-reads.ts';
import type { KubeContexts } from './kube-contexts.ts';
import { kubernetesCluster } from './kubernetes-cluster.ts';

/** Clusters that can be closed, for the end of a worker and of tests. */
export type ClosableClusters = Clusters & {
  /** Cuts all connections. */
  close(): Promise<void>;
};

type Opened = { connection: ApiConnection; cluster: Cluster | null };

/**
 * Opens clusters by name and context, once each; all steps of a worker share connections and discovery. When the context names
 * another server or CA than before (a cluster made anew), discovery begins anew too.
 */
export function kubernetesClusters(
  contexts: KubeContexts,
  pluginEnv: { [name: string]: string },
  signal: () => AbortSignal | undefined,
  permit: () => WritePermit,
): ClosableClusters {
  const opened = new Map<string, Opened>();
  return {
    open: async ({ name, context: contextName }) => {
      const key = JSON.stringify([name, contextName]);
      // Kept before anything is awaited: steps that start together share one connection.
      const entry = opened.get(key) ?? {
        connection: freshReads(
          openConnection(name, contextName, openCredentials(contexts, contextName, pluginEnv)),
        ),
        cluster: null,
      };
      opened.set(key, entry);
      const { context } = await entry.connection.credentials();
      if (entry.cluster?.server !== context.server || entry.cluster.caData !== context.caPem) {
        entry.cluster = kubernetesCluster(
          { name, server: context.server, caData: context.caPem },
          entry.connection,
          signal,
          permit,
        );
      }
      return entry.cluster;
    },
    close: async () => {
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map(({ connection }) => connection.close()));
    },
  };
}
