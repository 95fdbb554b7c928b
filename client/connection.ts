import { Client, Connection } from '@temporalio/client';
import { dataConverterOf } from '../codec/data-converter.ts';
import type { CodecConverter } from '../codec/data-converter.ts';
import type { PayloadKeys } from '../codec/payload-keys.ts';
import { ClientFailure } from './client-failure.ts';
import { diagnoseConnection, isReachable } from './diagnosis.ts';
import type { Check } from './diagnosis.ts';
import { EXIT } from './exit-codes.ts';
import { grpcCode, grpcText, GRPC } from './grpc-errors.ts';
import type { TemporalTarget } from './temporal-target.ts';

/** An open connection to Temporal. */
export type TemporalAccess = {
  /** Client of workflows. */
  client: Client;
  /** The connection below it, for deadlines and raw calls. */
  connection: Connection;
  /** Codec of payloads that are read from answers of raw calls. */
  codec: CodecConverter['codec'];
  /** Id of the key by which what is sent is encrypted; null when it is not. */
  keyId: CodecConverter['keyId'];
  /** Where it leads. */
  target: TemporalTarget;
};

/** Time limit of connecting where something listens, in milliseconds: a server that starts or has much to do takes seconds. */
const CONNECT_MS = 10_000;
/** Time limit of any single call, in milliseconds. */
const CALL_MS = 10_000;

/**
 * gRPC waits longer and longer before it connects again, up to two minutes; a follower wants to know within a second that a
 * restarted server is back.
 */
const RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/**
 * Connects to Temporal and makes sure that the namespace is there.
 * @throws {ClientFailure} 4: what was found on the way to Temporal, and the cure
 */
export async function openTemporal(
  target: TemporalTarget,
  identity: string,
  keys: PayloadKeys,
): Promise<TemporalAccess> {
  const { connection: settings, address, namespace } = target;
  const { tls, apiKey, metadata } = settings;
  const connection = Connection.lazy({
    address,
    connectTimeout: CONNECT_MS,
    channelArgs: RECONNECT,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string> }),
  });
  const dataConverter = dataConverterOf(keys);
  const client = new Client({ connection, namespace, identity, dataConverter });
  const { codec, keyId } = dataConverter;
  const access = { connection, target, client, codec, keyId };
  try {
    await connect(access);
    await requireNamespace(access);
    return access;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** gRPC goes on trying where nothing listens; a look at the port before costs a round trip and saves its whole time limit. */
async function connect({ connection, target }: TemporalAccess): Promise<void> {
  try {
    if (!target.proxied && !(await isReachable(target.address)))
      throw new Error('nothing answers at this address');
    await connection.ensureConnected();
  } catch (error) {
    throw await unreachable(target, error);
  }
}

/** Makes a call with a time limit, in milliseconds. */
export function withLimit<T>(
  access: TemporalAccess,
  call: () => Promise<T>,
  limitMs: number = CALL_MS,
): Promise<T> {
  return access.connection.withDeadline(Date.now() + limitMs, call);
}

async function requireNamespace(access: TemporalAccess): Promise<void> {
  const { namespace, address } = access.target;
  try {
    await withLimit(access, () =>
      access.connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    const code = grpcCode(error);
    if (code === GRPC.NOT_FOUND) {
      throw new ClientFailure(
        EXIT.unreachable,
        `there is no namespace "${namespace}" at ${address}`,
        {
          cures: [
            `temporal operator namespace create --address ${address} --namespace ${namespace} --retention 90d`,
            'name another with --namespace or TEMPORAL_NAMESPACE',
          ],
        },
      );
    }
    // whoever may use a namespace may not always describe it
    if (code !== GRPC.PERMISSION_DENIED) throw await unreachable(access.target, error);
  }
}

async function unreachable(target: TemporalTarget, error: unknown): Promise<ClientFailure> {
  const { address, addressSource, connection } = target;
  const code = grpcCode(error);
  if (code === GRPC.UNAUTHENTICATED || code === GRPC.PERMISSION_DENIED) {
    return new ClientFailure(
      EXIT.unreachable,
      `Temporal at ${address} (${addressSource}) refuses the credentials: ${grpcText(error)}`,
      {
        cures: ['look at TEMPORAL_API_KEY and TEMPORAL_TLS_*, or at the profile in temporal.toml'],
      },
      { cause: error },
    );
  }
  const tls = connection.tls !== undefined && connection.tls !== null && connection.tls !== false;
  const checks = await diagnoseConnection(address, tls, grpcText(error));
  return new ClientFailure(
    EXIT.unreachable,
    `cannot reach Temporal at ${address} (${addressSource})`,
    { lines: checks.map(checkLine), cures: curesOf(checks, tls) },
    { cause: error },
  );
}

function checkLine({ name, state, text }: Check): string {
  const sign = { ok: '✔', failed: '✖', skipped: '–' }[state];
  return `${sign} ${name.padEnd(4)}  ${state === 'skipped' ? `skipped: ${text}` : text}`;
}

function curesOf(checks: readonly Check[], tls: boolean): string[] {
  switch (checks.find((check) => check.state === 'failed')?.name) {
    case 'TLS':
      return [
        'the server may not speak TLS: unset TEMPORAL_TLS and TEMPORAL_API_KEY, or look at the profile in temporal.toml',
      ];
    case 'gRPC':
      return tls
        ? [
            'look at TEMPORAL_TLS_*: the server may not trust the client certificate, or the client not the server',
          ]
        : [
            'it may be starting, or have too much to do: ask again in a moment',
            'something else may listen there, or it wants TLS: export TEMPORAL_TLS=true',
          ];
    default:
      return ['meshwright server', 'docker compose up -d', 'export TEMPORAL_ADDRESS=host:port'];
  }
}
