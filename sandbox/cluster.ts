import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiServerSpec } from './api-server.ts';
import { awaitApiServer, awaitDns, awaitNode } from './cluster-readiness.ts';
import { startComponent } from './component.ts';
import type { Component, ComponentSpec, ComponentStatus } from './component.ts';
import { containerdRoot, containerdSpec } from './containerd.ts';
import { controllerManagerSpec, schedulerSpec } from './controllers.ts';
import { applyCoredns } from './coredns.ts';
import { etcdSpec } from './etcd.ts';
import type { FabricForwards } from './fabric-forwards.ts';
import { cloneImageStore } from './image-store.ts';
import { kubeProxySpec } from './kube-proxy.ts';
import { openKubeClient } from './kube-client.ts';
import { kubeletSpec } from './kubelet.ts';
import { startLoadBalancer } from './load-balancer.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { connectNode } from './network.ts';
import { apiServerUrl } from './node-context.ts';
import type { NodeContext } from './node-context.ts';
import type { ClusterShape } from './shape.ts';

/** A cluster that is being started or runs. */
export interface Cluster {
  /** Its names and addresses. */
  readonly shape: ClusterShape;
  /** The API server's process. */
  readonly apiServer: Component;
  /** The cloud's part of `type: LoadBalancer`. */
  readonly loadBalancer: LoadBalancer;
  /** Resolves when the cluster can be used: node Ready, images there, DNS answering. */
  readonly usable: Promise<void>;
  /** State of its processes. */
  components(): ComponentStatus[];
  /** Kills its processes; they stay down. */
  stop(): Promise<void>;
}

/** What a cluster reports while it runs. */
export interface ClusterListener {
  /** A step of the start is done. */
  onStep(text: string): void;
  /** Something went wrong and is being mended. */
  onTrouble(text: string): void;
}

/**
 * Starts a cluster; returns as soon as its API server's process exists.
 *
 * @param imageStore containerd's data with all images, to be cloned
 */
export async function startCluster(
  node: NodeContext,
  all: readonly ClusterShape[],
  balancing: { forwards: FabricForwards; delayMs: number },
  imageStore: Promise<string>,
  listener: ClusterListener,
): Promise<Cluster> {
  const { cluster: shape, pki } = node;
  mkdirSync(node.logsDir, { recursive: true });
  mkdirSync(join(node.dir, 'kubelet'), { recursive: true, mode: 0o700 });
  await connectNode(shape, all);

  const components: Component[] = [];
  const start = (spec: ComponentSpec): Component => {
    const component = startComponent(spec, (text) => listener.onTrouble(`${shape.name}: ${text}`));
    components.push(component);
    return component;
  };
  start(etcdSpec(node));
  const apiServer = start(apiServerSpec(node));
  const { cert, key } = pki.clients.admin;
  const client = openKubeClient({ server: apiServerUrl(shape), ca: pki.ca.cert, cert, key });
  const loadBalancer = startLoadBalancer({
    cluster: shape,
    client,
    forwards: balancing.forwards,
    delayMs: balancing.delayMs,
    onTrouble: listener.onTrouble,
  });

  const boot = async () => {
    await cloneImageStore(await imageStore, containerdRoot(node));
    start(containerdSpec(node));
    await awaitApiServer(client, shape);
    listener.onStep('API server ready');
    // Not earlier: they would find no API server and wait seconds before they ask again.
    start(controllerManagerSpec(node));
    start(schedulerSpec(node));
    start(kubeletSpec(node));
    start(kubeProxySpec(node));
    await applyCoredns(client, { image: node.parts.corednsImage, dnsAddress: shape.dnsAddress });
    await awaitNode(client, shape);
    listener.onStep('node Ready');
    await awaitDns(client, shape);
    listener.onStep('usable');
  };
  const usable = boot();
  usable.catch(() => undefined);
  return {
    shape,
    apiServer,
    loadBalancer,
    usable,
    components: () => components.map((component) => component.status()),
    async stop() {
      loadBalancer.stop();
      await Promise.all(components.map((component) => component.stop()));
    },
  };
}
