import type { EdgeGateway } from '../spec/mesh-spec.ts';

/** What a gateway is for: null is the east-west gateway, which leads to other networks and to istiod. */
export type GatewayRole = EdgeGateway | null;

/** Names that follow from a gateway's role, the same in every cluster and revision. */
export type GatewayNames = {
  /** Name of its Deployment and Service, and value of their label `app`. */
  name: string;
  /** Value of the label `istio`, by which objects of kind Gateway choose its pods. */
  label: string;
  /** Label selector of its pods. */
  selector: string;
};

/** Names of the gateway of a role, as Istio's own profiles and guides have them. */
export function gatewayNames(role: GatewayRole): GatewayNames {
  const label = `${role ?? 'eastwest'}gateway`;
  return { name: `istio-${label}`, label, selector: `istio=${label}` };
}

/** Name of the component that a part of a gateway is, as inventories and steps have it: `gateway`, `ingress-gateway-service`. */
export function gatewayComponent(role: GatewayRole, part: 'service' | 'workload'): string {
  return `${role === null ? '' : `${role}-`}gateway${part === 'service' ? '-service' : ''}`;
}
