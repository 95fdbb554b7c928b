import { join } from 'node:path';
import { goArch } from '../host.ts';
import { makePart } from '../make-part.ts';
import type { CacheEntry } from '../part-cache.ts';
import type { ImagePartName, ResolvedPart } from '../parts.ts';
import { withProgress } from '../progress.ts';
import type { Resolution } from '../resolution.ts';
import { writeDockerArchive } from './docker-archive.ts';
import type { ImageConfig } from './docker-archive.ts';
import { fillPilotImage, fillProxyImage } from './istio-images.ts';
import {
  fillAppImage,
  fillBookinfoImage,
  fillCorednsImage,
  fillPauseImage,
} from './plain-images.ts';
import { IMAGE_REFERENCES } from './references.ts';
import { createRootFilesystem } from './root-filesystem.ts';
import type { RootFilesystem } from './root-filesystem.ts';

type FillImage = (root: RootFilesystem, resolution: Resolution) => Promise<ImageConfig>;

const FILL: Readonly<Record<ImagePartName, FillImage>> = {
  'pause-image': fillPauseImage,
  'coredns-image': fillCorednsImage,
  'pilot-image': fillPilotImage,
  'proxyv2-image': fillProxyImage,
  'app-image': fillAppImage,
  'bookinfo-image': fillBookinfoImage,
};

/**
 * Puts an image together once from the parts and the libraries of this machine. Its key is a checksum of everything in
 * it, so an image is made again when a part or a library of the system changes, and only then.
 */
export async function buildImage(
  name: ImagePartName,
  resolution: Resolution,
): Promise<ResolvedPart> {
  const reference = IMAGE_REFERENCES[name];
  const architecture = goArch(resolution.host);
  const root = createRootFilesystem(resolution);
  const config = await FILL[name](root, resolution);
  const entry: CacheEntry = {
    part: name,
    version: reference.slice(reference.lastIndexOf(':') + 1),
    recipe: [reference, architecture, JSON.stringify(config), ...root.recipe()],
    file: `${name}.tar`,
    mode: 0o644,
  };
  const make = (folder: string): Promise<void> =>
    withProgress(
      resolution.onProgress,
      { subject: name, doing: 'assembling', did: 'assembled', what: `the image ${reference}` },
      () =>
        writeDockerArchive(
          { reference, architecture, config, layer: root.entries() },
          join(folder, entry.file),
        ),
    );
  return makePart(entry, resolution, make);
}
