import { fileURLToPath } from 'node:url';
import { composeWorker } from './compose-worker.ts';
import { readWorkerConfig } from './config.ts';
import type { TemporalFlags } from './config.ts';
import { createLogger } from './logging.ts';
import { bearLostOutput, say, stopOnSignals } from './output.ts';
import { installRuntime, runWorker } from './run-worker.ts';
import type { PollingMessage } from './server.ts';

/** Root of the checkout or package. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** How long a drained worker may take to close its connections, in milliseconds. */
const LINGER_MS = 1_000;

/** Runs `meshwright worker` until it is told to stop. */
export async function runWorkerCommand(flags: TemporalFlags): Promise<void> {
  const config = readWorkerConfig(flags);
  bearLostOutput();
  const logger = createLogger(config.logLevel);
  installRuntime(logger);
  const stop = stopOnSignals();
  // a worker that a server started has nobody left who would ever stop it
  process.once('disconnect', () => stop.abort());
  const onPolling = (): void => {
    const { address, namespace } = config.temporal;
    say(`worker polls namespace "${namespace}" at ${address}`);
    const [key] = config.payloadKeys;
    if (key !== undefined) say(`payloads are encrypted with key ${key.id}`);
    process.send?.({ polling: process.pid } satisfies PollingMessage);
  };
  const worker = composeWorker(config);
  try {
    await runWorker(config, { ...worker, root: ROOT }, { say, onPolling }, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await worker.close();
  }
  say('worker stopped');
  if (process.connected) process.disconnect();
  // all steps have ended: whatever still keeps the process has nothing left to do
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
