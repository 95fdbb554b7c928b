import type { WorkerInterceptors } from '@temporalio/worker';
import { openAdapters } from '../activities/adapters/connect.ts';
import { temporalActivityScope } from '../activities/adapters/temporal-activity-scope.ts';
import { temporalChangeRecorder } from '../activities/adapters/temporal-change-recorder.ts';
import { temporalDoubtedProof } from '../activities/adapters/temporal-doubted-proof.ts';
import { temporalMeshOperations } from '../activities/adapters/temporal-mesh-operations.ts';
import { temporalWritePermit } from '../activities/adapters/temporal-write-permit.ts';
import { attemptsInterceptor } from '../activities/attempt/attempts-interceptor.ts';
import { failureInterceptor } from '../activities/attempt/failure-interceptor.ts';
import { changesInterceptor } from '../activities/attempt/changes-interceptor.ts';
import { clockInterceptor } from '../activities/attempt/clock-interceptor.ts';
import { heartbeatInterceptor } from '../activities/attempt/heartbeat-interceptor.ts';
import { proofInterceptor } from '../activities/attempt/proof-interceptor.ts';
import { recordedClusters } from '../activities/attempt/recorded-clusters.ts';
import { createStepActivities } from '../activities/step-activities.ts';
import { doubtingClusters } from '../activities/verification/doubting-clusters.ts';
import { syncActivities } from '../activities/sync/sync-activities.ts';
import type { SyncActivities } from '../contract/mesh-sync.ts';
import type { StepActivities } from '../contract/step-activities.ts';
import type { StepPorts } from '../activities/ports/step-ports.ts';
import type { WorkerConfig } from './config.ts';

/** The steps over their real adapters. */
export type ComposedWorker = {
  /** One activity for each kind of step, and those of the sync. */
  activities: StepActivities & SyncActivities;
  /** Interceptors around every activity: the first one is the outermost. */
  interceptors: NonNullable<WorkerInterceptors['activity']>;
  /** Cuts all connections to clusters. */
  close(): Promise<void>;
};

/** Wires the steps to clusters, istioctl, certificates and the trust store; contacts nothing yet. */
export function composeWorker(config: WorkerConfig): ComposedWorker {
  const adapters = openAdapters(config.adapters, {
    scope: temporalActivityScope,
    permit: temporalWritePermit,
  });
  const ports: StepPorts = {
    clusters: doubtingClusters(
      recordedClusters(adapters.clusters, temporalChangeRecorder),
      temporalDoubtedProof,
    ),
    renderer: adapters.renderer,
    certificates: adapters.ca,
    trustStore: adapters.trustStore,
    hostResolver: adapters.hostResolver,
    operations: temporalMeshOperations,
    scope: () => adapters.scope,
  };
  return {
    activities: { ...createStepActivities(ports), ...syncActivities(ports) },
    interceptors: [
      failureInterceptor,
      heartbeatInterceptor,
      attemptsInterceptor,
      changesInterceptor,
      clockInterceptor,
      proofInterceptor,
    ],
    close: () => adapters.close(),
  };
}
