import { Agent, buildConnector, type Dispatcher } from 'undici';
import { bearForgottenStreams } from './forgotten-streams.ts';
import type { KubeContext } from './kubeconfig-context.ts';
import { watchedConnector } from './watched-connector.ts';

/** Connections to one API server. */
export type ConnectionPool = {
  /**
   * The agent for a context, kept as long as the context stays the same object. `anonymous` ones carry no client certificate, so
   * that a bearer token alone decides who is asking.
   */
  agent(context: KubeContext, anonymous: boolean): Agent;
  /**
   * Lets what is under way end on the connections of an agent; what comes next opens new ones. Does nothing when it is out of the pool already: requests that
   * were swallowed together end one after the other.
   */
  drop(agent: Dispatcher): void;
  /** Cuts all connections. */
  close(): Promise<void>;
};

/**
 * HTTP/2 carries requests and watches on one connection (measured: 200 calls at once and 12 watches on two). More connections
 * serve only where something between speaks HTTP/1.1, in which every watch holds one.
 */
const CONNECTIONS = 6;
const CONNECT_LIMIT_MS = 5_000;
const IDLE_MS = 60_000;
/**
 * Interval of HTTP/2 pings. After a reset in the middle of a write, node's session stays open until its next write fails, and requests are not written
 * meanwhile (undici 8.13, node 24; without pings they wait for their own limit): a ping is that write.
 */
const PING_MS = 2_000;

/** Makes an empty pool. */
export function createConnectionPool(): ConnectionPool {
  bearForgottenStreams();
  let known: KubeContext | null = null;
  let own: Agent | null = null;
  let anonymousOnes: Agent | null = null;

  const renew = (): void => {
    for (const agent of [own, anonymousOnes]) void agent?.close().catch(() => undefined);
    own = null;
    anonymousOnes = null;
  };

  return {
    agent: (context, anonymous) => {
      if (known !== context) renew();
      known = context;
      if (anonymous && context.clientCertificate !== null)
        return (anonymousOnes ??= createAgent({ ...context, clientCertificate: null }));
      return (own ??= createAgent(context));
    },
    drop: (agent) => {
      if (agent === own || agent === anonymousOnes) renew();
    },
    close: async () => {
      const agents = [own, anonymousOnes];
      own = null;
      anonymousOnes = null;
      await Promise.all(agents.map(async (agent) => agent?.destroy()));
    },
  };
}

/** TLS settings of a context, for the pool and for WebSockets. */
export function tlsOptionsOf(context: KubeContext): {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
} {
  return {
    ...(context.caPem === '' ? {} : { ca: context.caPem }),
    ...(context.clientCertificate === null
      ? {}
      : { cert: context.clientCertificate.certPem, key: context.clientCertificate.keyPem }),
    ...(context.tlsServerName === null ? {} : { servername: context.tlsServerName }),
  };
}

function createAgent(context: KubeContext): Agent {
  return new Agent({
    allowH2: true,
    connections: CONNECTIONS,
    keepAliveTimeout: IDLE_MS,
    h2Options: { pingInterval: PING_MS },
    connect: watchedConnector(
      buildConnector({ ...tlsOptionsOf(context), allowH2: true, timeout: CONNECT_LIMIT_MS }),
      PING_MS,
    ),
  });
}
