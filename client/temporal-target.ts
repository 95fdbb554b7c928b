import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ClientFailure } from './client-failure.ts';
import type { ClientEnvironment } from './environment.ts';
import { EXIT } from './exit-codes.ts';

/** Flags that name Temporal; they outrank the environment, which outranks temporal.toml. */
export type TemporalFlags = {
  /** `host:port`. */
  address?: string;
  /** Namespace. */
  namespace?: string;
  /** Profile in temporal.toml. */
  profile?: string;
};

/** Where Temporal is and how to get in. */
export type TemporalTarget = {
  /** `host:port`. */
  address: string;
  /** What the address was taken from, for people, e.g. `from TEMPORAL_ADDRESS`. */
  addressSource: string;
  /** Whether gRPC goes through a proxy, so that the address itself need not be reachable from here. */
  proxied: boolean;
  /** Namespace. */
  namespace: string;
  /** TLS, API key and metadata as envconfig read them. */
  connection: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
};

/** Variables that @grpc/grpc-js takes a proxy from. */
const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];

/**
 * Reads where Temporal is from flags, environment and temporal.toml, in this order of rank.
 * @throws {ClientFailure} 2: settings that cannot be read or used
 */
export function readTemporalTarget(
  flags: TemporalFlags,
  environment: ClientEnvironment,
): TemporalTarget {
  const { connectionOptions, namespace } = load(flags, environment);
  const address = flags.address ?? connectionOptions.address ?? '127.0.0.1:7233';
  const addressSource = sourceOf(flags, environment, connectionOptions.address);
  if (!/^(\[[0-9a-fA-F:]+\]|[^\s/:]+):\d{1,5}$/.test(address)) {
    throw new ClientFailure(
      EXIT.usage,
      `"${address}" (${addressSource}) is no address of Temporal`,
      {
        cures: ['write it as host:port, e.g. 127.0.0.1:7233'],
      },
    );
  }
  return {
    address,
    addressSource,
    proxied: PROXY_VARIABLES.some((name) => environment.variables[name]),
    namespace: flags.namespace ?? namespace ?? 'default',
    connection: connectionOptions,
  };
}

function load(
  flags: TemporalFlags,
  environment: ClientEnvironment,
): ReturnType<typeof loadClientConnectConfig> {
  const set = Object.entries(environment.variables).filter(
    (entry): entry is [string, string] => !!entry[1],
  );
  try {
    return loadClientConnectConfig({
      ...(flags.profile === undefined ? {} : { profile: flags.profile }),
      overrideEnvVars: Object.fromEntries(set),
    });
  } catch (error) {
    throw new ClientFailure(
      EXIT.usage,
      `the Temporal settings cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cures: [
          'look at temporal.toml (`temporal config list`), at --profile and at the TEMPORAL_* variables',
        ],
      },
      { cause: error },
    );
  }
}

function sourceOf(
  flags: TemporalFlags,
  environment: ClientEnvironment,
  loaded: string | undefined,
): string {
  if (flags.address !== undefined) return 'from --address';
  if (environment.variables['TEMPORAL_ADDRESS']) return 'from TEMPORAL_ADDRESS';
  return loaded === undefined
    ? 'the default'
    : `from profile ${flags.profile ?? 'default'} of temporal.toml`;
}
