import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { EncryptionCodec } from '../codec/encryption-codec.ts';
import { PayloadKeysFailure } from '../codec/payload-keys.ts';
import { codecServer } from './codec-server.ts';
import { payloadKeysOf } from './config.ts';
import { bearLostOutput, say, stopOnSignals } from './output.ts';
import { StartFailure } from './start-failure.ts';

/** Flags of `meshwright codec-server`. */
export type CodecServerFlags = {
  /** Port to listen on. */
  port: number;
  /** Addresses of the web UIs that may ask. */
  ui: string[];
  /** File with a bearer token that every request must show. */
  tokenFile?: string;
};

/** Runs `meshwright codec-server` until it is told to stop. */
export async function runCodecServerCommand(flags: CodecServerFlags): Promise<void> {
  const keys = payloadKeysOf();
  if (keys.length === 0) {
    throw new PayloadKeysFailure(
      'MESHWRIGHT_PAYLOAD_KEYS is not set: there is nothing to decode with',
      'export MESHWRIGHT_PAYLOAD_KEYS=FILE, with the file of keys that the worker uses',
    );
  }
  const token = flags.tokenFile === undefined ? null : readToken(flags.tokenFile);
  const origins = flags.ui.map(originOf);
  bearLostOutput();
  const stop = stopOnSignals();
  const server = codecServer({ codec: new EncryptionCodec(keys), origins, token, say });
  try {
    server.listen(flags.port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new StartFailure(
      `cannot listen on 127.0.0.1:${flags.port}: ${code}`,
      'choose another port with --port',
    );
  }
  say(`codec server  http://127.0.0.1:${flags.port}`);
  say(`keys          ${keys.map(({ id }) => id).join(', ')}`);
  say(`for pages of  ${origins.join(', ')}`);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  server.closeAllConnections();
  server.close();
}

function originOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).origin;
  throw new StartFailure(
    `--ui ${text} is no address of a web UI`,
    'write it like http://localhost:8233',
  );
}

function readToken(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new StartFailure(`--token-file ${path} cannot be read (${code})`, 'name another file');
  }
  try {
    if ((fstatSync(file).mode & 0o077) !== 0)
      throw new StartFailure(
        `--token-file ${path} can be read by others`,
        `chmod go= ${path}, and another token`,
      );
    const token = readFileSync(file, 'utf8').trim();
    if (!/^\S{16,}$/.test(token))
      throw new StartFailure(
        `--token-file ${path} holds no token of 16 signs or more`,
        `(umask 077; openssl rand -hex 32 > ${path})`,
      );
    return token;
  } finally {
    closeSync(file);
  }
}
