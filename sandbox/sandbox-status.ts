import type { ComponentStatus } from './component.ts';
import type { LoadBalancerLine } from './load-balancer-lines.ts';

/** What `sandbox status -o json` prints. */
export interface SandboxStatus {
  readonly apiVersion: 'meshwright.dev/v1alpha1';
  readonly kind: 'SandboxStatus';
  readonly state: 'starting' | 'ready' | 'degraded' | 'failed';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Where this machine reaches the sandbox's name server, `127.0.0.1:PORT`, UDP; it knows names below .lb.test. */
  readonly nameServer: string;
  /** All clusters, in order. */
  readonly clusters: readonly ClusterStatus[];
}

/** One cluster of a running sandbox. */
export interface ClusterStatus {
  /** Name and context. */
  readonly name: string;
  /** Network its pods live in. */
  readonly network: string;
  /** `degraded`: a process died unasked and is not back, or a fault keeps the API server down. */
  readonly state: 'starting' | 'ready' | 'degraded' | 'failed';
  /** Why the start failed. */
  readonly reason: string | null;
  /** Address of its node. */
  readonly nodeAddress: string;
  /** API server as the other clusters reach it. */
  readonly apiServer: string;
  /** API server as this machine reaches it. */
  readonly localApiServer: string;
  /** Its processes. */
  readonly components: readonly ComponentStatus[];
  /** Its LoadBalancer Services. */
  readonly loadBalancers: readonly LoadBalancerLine[];
  /** Faults in force, in the words of `sandbox fault`. */
  readonly faults: readonly string[];
}
