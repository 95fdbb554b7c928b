import type { ClusterStatus } from '../../contract/mesh-status.ts';
import type { Member } from '../../mesh/plan/member.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';

type Addresses = Pick<ClusterStatus, 'gatewayAddresses' | 'ingressAddresses'>;

/** What of a step's outcome is about its cluster. */
type ClusterOutcome = Pick<
  StepOutcome,
  'facts' | 'gatewayAddresses' | 'ingressAddresses' | 'leftBehind'
>;

const NO_ADDRESSES: Addresses = { gatewayAddresses: [], ingressAddresses: [] };

/** What the outcomes of steps tell of the clusters: addresses of their gateways, and which were left behind. */
export class ClusterRecords {
  readonly #addresses = new Map<string, Addresses>();
  readonly #leftBehind = new Map<string, Member>();

  /** Takes the outcome of a step of a cluster; null for one of the whole mesh. */
  take(name: string | null, { facts, leftBehind, ...own }: ClusterOutcome): void {
    if (name !== null) {
      const known = this.addresses(name);
      this.#addresses.set(name, {
        gatewayAddresses: own.gatewayAddresses ?? facts?.gatewayAddresses ?? known.gatewayAddresses,
        ingressAddresses: own.ingressAddresses ?? known.ingressAddresses,
      });
    }
    if (leftBehind === undefined) return;
    const { cluster, uid } = leftBehind;
    this.#leftBehind.set(cluster.name, { ...cluster, uid: uid ?? '' });
  }

  /** Addresses of a cluster's gateways as reported last. */
  addresses(name: string): Addresses {
    return this.#addresses.get(name) ?? NO_ADDRESSES;
  }

  /** Clusters that were left behind. */
  leftBehind(): Member[] {
    return [...this.#leftBehind.values()];
  }
}
