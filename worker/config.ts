import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { readAdapterConfig } from '../activities/adapters/config.ts';
import type { AdapterConfig } from '../activities/adapters/connect.ts';
import { readPayloadKeys } from '../codec/payload-keys.ts';
import type { PayloadKeys } from '../codec/payload-keys.ts';
import { StartFailure } from './start-failure.ts';
import { LOG_LEVELS } from './worker-variables.ts';
import type { LogLevel } from './worker-variables.ts';

/** Environment of a process: names to values. */
export type Environment = { readonly [name: string]: string | undefined };

/** Where Temporal is and how to get in. */
export type TemporalTarget = {
  /** `host:port`. */
  address: string;
  /** Namespace. */
  namespace: string;
  /** Everything the native connection needs, address included. */
  connection: NativeConnectionOptions;
};

/** What a worker works with. */
export type WorkerConfig = {
  /** Temporal. */
  temporal: TemporalTarget;
  /** Where clusters, istioctl and root keys are found. */
  adapters: AdapterConfig;
  /** Folder of what must not be lost: trust, database. */
  home: string;
  /** Folder of what can be made again. */
  cache: string;
  /** Keys of payloads. */
  payloadKeys: PayloadKeys;
  /** How much is logged. */
  logLevel: LogLevel;
};

/** Flags of the command line that outrank the environment. */
export type TemporalFlags = {
  /** `host:port`. */
  address?: string;
  /** Namespace. */
  namespace?: string;
  /** Profile in temporal.toml. */
  profile?: string;
};

/**
 * Reads what the worker works with from flags, environment and temporal.toml, in this order of rank.
 * @throws {StartFailure} when a value cannot be used
 */
export function readWorkerConfig(
  flags: TemporalFlags = {},
  env: Environment = process.env,
): WorkerConfig {
  return {
    temporal: readTemporalTarget(flags, env),
    adapters: readAdapters(env),
    ...folders(env),
    payloadKeys: payloadKeysOf(env),
    logLevel: readLogLevel(env['MESHWRIGHT_LOG_LEVEL']),
  };
}

/**
 * Reads the keys of payloads that the environment names.
 * @throws {PayloadKeysFailure} when their file cannot be used
 */
export function payloadKeysOf(env: Environment = process.env): PayloadKeys {
  return readPayloadKeys(env['MESHWRIGHT_PAYLOAD_KEYS']);
}

/** Names the folders of this machine; `server` needs no more than these. */
export function folders(env: Environment = process.env): { home: string; cache: string } {
  return {
    home: resolve(env['MESHWRIGHT_HOME'] || join(homeOf(env), '.local', 'share', 'meshwright')),
    cache: resolve(env['MESHWRIGHT_CACHE'] || join(homeOf(env), '.cache', 'meshwright')),
  };
}

/** The mesh file that is read when none is named: MESHWRIGHT_FILE, as for the commands about meshes. */
export function meshFileName(env: Environment = process.env): string {
  return env['MESHWRIGHT_FILE'] || 'mesh.yaml';
}

/** The environment of this process, for programs that are started with all of it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** The environment of a worker beside `server`: all of ours, and of TEMPORAL_* nothing but the local server. */
export function localWorkerEnvironment(address: string, env: Environment): Environment {
  return {
    ...given(env, (name) => !name.startsWith('TEMPORAL_')),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    // an empty file makes envconfig 1.24 throw, a missing one counts as no settings
    TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
  };
}

function homeOf(env: Environment): string {
  return env['HOME'] || homedir();
}

function readTemporalTarget(flags: TemporalFlags, env: Environment): TemporalTarget {
  const loaded = loadProfile(flags.profile, given(env));
  const address = flags.address ?? loaded.connectionOptions.address ?? '127.0.0.1:7233';
  if (!/^[^\s/]+:\d+$/.test(address)) {
    throw new StartFailure(
      `"${address}" is no Temporal address`,
      'write it as host:port, e.g. 127.0.0.1:7233',
    );
  }
  return {
    address,
    namespace: flags.namespace ?? loaded.namespace ?? 'default',
    connection: { ...loaded.connectionOptions, address },
  };
}

function loadProfile(
  profile: string | undefined,
  env: Record<string, string>,
): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({
      ...(profile === undefined ? {} : { profile }),
      overrideEnvVars: env,
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new StartFailure(
      `the Temporal settings cannot be read: ${said}`,
      'look at temporal.toml (`temporal config list`), at --profile and at the TEMPORAL_* variables',
    );
  }
}

/**
 * Where clusters, istioctl and root keys are found on this machine.
 * @throws {StartFailure} when a value cannot be used
 */
export function readAdapters(env: Environment = process.env): AdapterConfig {
  try {
    const adapters = readAdapterConfig(env, homeOf(env));
    const paths = [...adapters.istioctl.paths, ...toolchainIstioctls(folders(env).cache)];
    return { ...adapters, istioctl: { ...adapters.istioctl, paths } };
  } catch (error) {
    throw new StartFailure(
      error instanceof Error ? error.message : String(error),
      'correct that variable of the environment',
    );
  }
}

/** Every istioctl that the sandbox's toolchain has built; the right one is chosen by the version it tells. */
function toolchainIstioctls(cache: string): string[] {
  const parts = join(cache, 'parts', 'istioctl');
  const builds = existsSync(parts) ? readdirSync(parts) : [];
  return builds.map((build) => join(parts, build, 'istioctl')).filter((path) => existsSync(path));
}

/** The variables that have a value, of those that are wanted. */
function given(
  env: Environment,
  wanted: (name: string) => boolean = () => true,
): { [name: string]: string } {
  const pairs = Object.entries(env).filter(
    (pair): pair is [string, string] => !!pair[1] && wanted(pair[0]),
  );
  return Object.fromEntries(pairs);
}

function readLogLevel(level: string | undefined): LogLevel {
  if (!level) return 'warn';
  const known = LOG_LEVELS.find((candidate) => candidate === level);
  if (known !== undefined) return known;
  throw new StartFailure(
    `MESHWRIGHT_LOG_LEVEL=${level} is no log level`,
    `use one of ${LOG_LEVELS.join(', ')}`,
  );
}
