import { MeshFailure } from '../../mesh/failure.ts';
import { facts, type Intent } from './api-failure.ts';

/** Failures of connections by code of node, undici, TLS or HTTP/2; the text goes after the server's address. */
const CONNECTION: [RegExp, string, string][] = [
  [/^ECONNREFUSED$/, 'nothing listens there', 'start the API server; it goes on by itself'],
  [
    /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/,
    'its name cannot be resolved',
    'repair DNS, or the server in the kubeconfig',
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/,
    'there is no route to it',
    'repair the network between worker and cluster',
  ],
  [
    /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    'no connection could be opened in time',
    'look for a firewall between worker and cluster',
  ],
  [
    /^(UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/,
    'it did not answer in time',
    'look at the load of the API server',
  ],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED|ERR_HTTP2_.*|UND_ERR_INFO)$/,
    'the connection broke',
    'it goes on by itself',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is for another name',
    'set tls-server-name in the kubeconfig',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired', "renew the API server's certificate"],
  [
    /^CERT_NOT_YET_VALID$/,
    'its certificate is not valid yet',
    'set the clocks of worker and cluster',
  ],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+)$/,
    'its certificate is not signed by the CA of the context',
    'set certificate-authority-data in the kubeconfig to the CA of this API server',
  ],
  [
    /^(ERR_SSL_\w+|EPROTO)$/,
    'no TLS session could be agreed',
    'check that the server in the kubeconfig is a Kubernetes API server',
  ],
];

/** Codes of connections that broke after they stood: the same request may go through on a fresh one. */
const BROKEN =
  /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|ERR_HTTP2_.*|UND_ERR_INFO)$/;

/** Classifies what a request threw; what nothing is known about stays `Unexpected` with its class and code. */
export function failureOfError(intent: Intent, error: unknown): MeshFailure {
  const code = codeOf(error);
  const row = CONNECTION.find(([pattern]) => pattern.test(code));
  if (row === undefined) {
    const name = (error as { name?: string } | null)?.name ?? typeof error;
    return new MeshFailure(
      'Unexpected',
      `${intent.cluster}: cannot ${intent.verb} ${intent.target}: ${name} ${code}`.trim(),
      facts(intent),
      { cause: error },
    );
  }
  return new MeshFailure(
    'ClusterUnreachable',
    `${intent.cluster}: ${intent.server}: ${row[1]} (${code})`,
    { ...facts(intent), cure: row[2] },
    { cause: error },
  );
}

/** The failure of a request that got no answer within its limit. */
export function failureOfTimeout(intent: Intent, limitMs: number): MeshFailure {
  return new MeshFailure(
    'ClusterUnreachable',
    `${intent.cluster}: ${intent.server} did not answer ${intent.verb} ${intent.target} within ${limitMs / 1_000} s`,
    {
      ...facts(intent),
      cure: 'look at the network between worker and cluster, and at the load of the API server',
    },
  );
}

/** Whether a request that can be repeated should be, on a fresh connection. */
export function connectionBroke(error: unknown): boolean {
  return BROKEN.test(codeOf(error));
}

/** Code of an error or of what caused it; several addresses tried give an AggregateError, whose first counts. */
function codeOf(error: unknown): string {
  const { code, cause, errors } = (error ?? {}) as {
    code?: unknown;
    cause?: unknown;
    errors?: unknown[];
  };
  if (typeof code === 'string') return code;
  if (errors?.[0] !== undefined) return codeOf(errors[0]);
  return cause === undefined ? '' : codeOf(cause);
}
