import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { tarSize, writeTar } from './tar.ts';
import type { TarEntry, TarFile } from './tar.ts';

/** How a container of an image is started. */
export interface ImageConfig {
  /** Program and arguments. */
  entrypoint: readonly string[];
  /** User and group, as `uid:gid`. @default root */
  user?: string;
  /** Environment. */
  env?: Readonly<Record<string, string>>;
}

/** An image before it is written. */
export interface Image {
  /** `name:tag`, as pods name it. */
  reference: string;
  /** Processor as Go names it. */
  architecture: string;
  /** How it is started. */
  config: ImageConfig;
  /** Its root file system; one layer. */
  layer: readonly TarEntry[];
}

/**
 * Writes an image as a docker-archive tar: the layer, the configuration, and manifest.json that ties them. The layer
 * goes first because its checksum, which the configuration holds, is known only when it has been written.
 */
export async function writeDockerArchive(image: Image, path: string): Promise<void> {
  const layer = [...image.layer].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  const layerFile: TarFile = {
    kind: 'file',
    path: 'layer.tar',
    mode: 0o644,
    size: tarSize(layer),
    read: () => hashed(writeTar(layer), hash),
  };
  await pipeline(
    writeTar(parts(image, layerFile, hash)),
    createWriteStream(path, { highWaterMark: 1 << 20 }),
  );
}

type Hash = ReturnType<typeof createHash>;

/** The tar writer asks for the configuration only after it has written, and so hashed, the layer. */
function* parts(image: Image, layer: TarFile, hash: Hash): Generator<TarEntry> {
  yield layer;
  const config = Buffer.from(JSON.stringify(configuration(image, hash.digest('hex'))));
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = [{ Config: configName, RepoTags: [image.reference], Layers: [layer.path] }];
  yield fileOf(configName, config);
  yield fileOf('manifest.json', Buffer.from(JSON.stringify(manifest)));
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function configuration(image: Image, layerSha256: string): object {
  const { entrypoint, user = '0:0', env = {} } = image.config;
  return {
    architecture: image.architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      User: user,
      Env: Object.entries({ PATH: '/usr/local/bin:/usr/sbin:/usr/bin', ...env }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      Entrypoint: entrypoint,
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerSha256}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'meshwright' }],
  };
}

/** A file whose content is at hand. */
export function fileOf(path: string, content: Uint8Array, mode = 0o644): TarFile {
  return { kind: 'file', path, mode, size: content.length, read: () => [content] };
}
