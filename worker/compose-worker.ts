import type { WorkerInterceptors } from '@temporalio/worker';
import { openAdapters } from '../activities/adapters/connect.ts';
import { dnsHostResolver } from '../activities/adapters/dns-host-resolver.ts';
import { attemptsInterceptor } from '../activities/attempts-interceptor.ts';
import { failureInterceptor } from '../activities/failure-interceptor.ts';
import { heartbeatInterceptor } from '../activities/heartbeat-interceptor.ts';
import { createStepActivities } from '../activities/step-activities.ts';
import type { StepActivities } from '../contract/step-activities.ts';
import type { WorkerConfig } from './config.ts';

/** The steps over their real adapters. */
export type ComposedWorker = {
  /** One activity for each kind of step. */
  activities: StepActivities;
  /** Interceptors around every activity: the first one is the outermost. */
  interceptors: NonNullable<WorkerInterceptors['activity']>;
  /** Cuts all connections to clusters. */
  close(): Promise<void>;
};

/** Wires the steps to clusters, istioctl, certificates and the trust store; contacts nothing yet. */
export function composeWorker(config: WorkerConfig): ComposedWorker {
  const adapters = openAdapters(config.adapters);
  return {
    activities: createStepActivities({
      clusters: adapters.clusters,
      renderer: adapters.renderer,
      certificates: adapters.ca,
      trustStore: adapters.trustStore,
      hostResolver: dnsHostResolver,
      scope: () => adapters.scope,
    }),
    interceptors: [failureInterceptor, heartbeatInterceptor, attemptsInterceptor],
    close: () => adapters.close(),
  };
}
