import { type Document, isMap, isSeq } from 'yaml';

/** What a test says of a cluster; what it leaves out stays as the sandbox wrote it. */
export type ShapedCluster = {
  /** Network; the sandbox's layout must allow what it means. */
  network?: string;
  /** `primary`, or whose remote it is, how it reaches istiod and who injects. */
  controlPlane?: string | { remote: string; discovery?: string; injector?: string };
  /** Gateways at the edge. */
  gateways?: ('ingress' | 'egress')[];
};

/** Changes the clusters of a sandbox's mesh file; those that are not named are taken out, and networks that nobody is on with them. */
export function shapeClusters(
  mesh: Document,
  shape: { [cluster: string]: ShapedCluster },
  gateways: 'discovered' | 'meshNetworks' = 'discovered',
): void {
  const clusters = mesh.getIn(['spec', 'clusters']);
  if (!isSeq(clusters)) throw new Error('the mesh file has no list of clusters');
  clusters.items = clusters.items.filter(
    (item) => isMap(item) && String(item.get('name')) in shape,
  );
  const networks: { [name: string]: { gateways: string } } = {};
  for (const item of clusters.items) {
    if (!isMap(item)) continue;
    for (const [key, value] of Object.entries(shape[String(item.get('name'))] ?? {}))
      item.set(key, mesh.createNode(value));
    networks[String(item.get('network'))] = { gateways };
  }
  mesh.setIn(['spec', 'networks'], mesh.createNode(networks));
}
