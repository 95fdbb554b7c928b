import type { Parts } from './node-context.ts';
import type { GatewayMode } from './mesh-file.ts';
import type { ClusterShape } from './shape.ts';

/** Everything the processes of a sandbox are told at their start. */
export interface Launch {
  /** Eight hexadecimal digits, unlike those of any other sandbox on the machine. */
  readonly id: string;
  /** The sandbox's directory, absolute. */
  readonly dir: string;
  /** What it consists of. */
  readonly clusters: readonly ClusterShape[];
  /** Programs and images. */
  readonly parts: Parts;
  /** Directory, outside the sandbox's, that keeps imported images for the next sandbox. */
  readonly imageStoreDir: string;
  /** Delay of all load balancers, in milliseconds. */
  readonly lbDelayMs: number;
  /** Form of the networks in mesh.yaml. */
  readonly gateways: GatewayMode;
  /** End with the process that started the sandbox. */
  readonly attached: boolean;
}

/** What the processes inside are told in addition. */
export interface InnerLaunch extends Launch {
  /** Ports on 127.0.0.1, by cluster name. */
  readonly ports: Readonly<Record<string, number>>;
  /** UDP port on 127.0.0.1 at which this machine reaches the sandbox's name server. */
  readonly namePort: number;
}

/** A line of progress from inside, one JSON object per line. */
export type LaunchEvent =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly text: string };
