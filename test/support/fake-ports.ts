import { x509CertificateAuthority } from '../../activities/adapters/x509-certificate-authority.ts';
import type { ActivityScope } from '../../activities/ports/activity-scope.ts';
import type { MeshOperations } from '../../activities/ports/mesh-operations.ts';
import type { StepPorts } from '../../activities/ports/step-ports.ts';
import type { SigningCa, TrustStore } from '../../activities/ports/trust-store.ts';
import type { StepHeartbeat } from '../../contract/step-activities.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { FollowSpec } from '../../mesh/sync/followed-target.ts';
import { type FakeCluster, fakeClusters } from './fake-cluster.ts';

/** A scope for tests: keeps what was reported and can be cancelled. */
export type FakeScope = ActivityScope & { reported: StepHeartbeat[]; cancel(): void };

/** Makes a scope; `scheduledAt` is now unless a test says that an earlier attempt began to wait. */
export function fakeScope(scheduledAt: string = new Date().toISOString()): FakeScope {
  const controller = new AbortController();
  const reported: StepHeartbeat[] = [];
  return {
    signal: controller.signal,
    scheduledAt,
    reported,
    report: (heartbeat) => void reported.push(heartbeat),
    awayAt: () => null,
    now: () => new Date().toISOString(),
    cancel: () => controller.abort(new Error('cancelled')),
  };
}

/** A trust store in memory. */
export function fakeTrustStore(): TrustStore & { roots: Map<string, SigningCa> } {
  const roots = new Map<string, SigningCa>();
  return {
    roots,
    locate: (mesh) => Promise.resolve(roots.has(mesh) ? `/trust/${mesh}` : null),
    readRoot: (mesh) => Promise.resolve(roots.get(mesh) ?? null),
    keepRoot: (mesh, root) => {
      if (!roots.has(mesh)) roots.set(mesh, root);
      return Promise.resolve(roots.get(mesh) as SigningCa);
    },
  };
}

/** Operations of a mesh that a test begins and ends; what was handed over is kept. */
export type FakeOperations = MeshOperations & { working: string | null; followed: FollowSpec[] };

/** Makes operations; none is at work. */
export function fakeOperations(): FakeOperations {
  const fake: FakeOperations = {
    working: null,
    followed: [],
    atWork: () => Promise.resolve(fake.working),
    follow: (spec) => {
      fake.followed.push(spec);
      return Promise.resolve(fake.followed.length === 1 ? 'begun' : 'told');
    },
    endFollowing: () => Promise.resolve(fake.followed.splice(0).length > 0),
  };
  return fake;
}

/** Ports for tests of steps: fake clusters and renderer, real certificates. */
export function fakePorts(
  clusters: FakeCluster[],
  more: Partial<StepPorts> & { rendered?: KubernetesObject[] } = {},
): StepPorts {
  const { rendered = [], ...ports } = more;
  const scope = fakeScope();
  return {
    clusters: fakeClusters(...clusters),
    renderer: { render: () => Promise.resolve(structuredClone(rendered)) },
    certificates: x509CertificateAuthority,
    trustStore: fakeTrustStore(),
    hostResolver: { resolve: () => Promise.resolve([]) },
    operations: fakeOperations(),
    scope: () => scope,
    ...ports,
  };
}
