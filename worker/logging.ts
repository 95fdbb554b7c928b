import type { Logger, LogLevel as TemporalLevel } from '@temporalio/worker';
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { LogLevel } from './worker-variables.ts';

/** What must never be in a log, as it looks inside a line of JSON, and what is written instead. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="))/g,
    '[private key]',
  ],
  // `-----BEGIN` in base64, as Secrets and kubeconfigs carry it
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g, '[base64 PEM]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [credential]'],
  [
    /("(?:token|id_token|password|apiKey|api_key|authorization|client-key-data|clientKeyData)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    '$1"[redacted]"',
  ],
];

/**
 * Replaces private keys, tokens and passwords in a line of JSON; the line stays JSON. It is the last look at what any library logs, so it takes only what is
 * a secret for certain; texts of failures, which also go to history, have lost more by then (`redactSecrets` of the activities, for texts of any kind).
 */
export function redactLogLine(line: string): string {
  return SECRETS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}

const PINO_LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** Most that is kept of what cannot be written, in bytes; what comes after it is lost. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Standard error, which may be a file on a disk that is full: then lines are kept for a while and written when there is room again. Without a listener the error
 * would be thrown into whoever logs, and a worker that cannot complete a task because it cannot log one is no worker.
 */
function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: true, maxLength: KEPT_BYTES });
  return stream.on('error', () => undefined);
}

/** Makes the logger that the Temporal runtime writes to: one line of JSON each on stderr, without secrets. */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = standardError(),
): Logger {
  const log = pino(
    {
      level,
      base: { app: 'meshwright-worker', pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: redactLogLine },
    },
    destination,
  );
  const write = (
    at: TemporalLevel,
    message: string,
    meta: Record<string | symbol, unknown> = {},
  ): void => log[PINO_LEVELS[at]](meta, message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
