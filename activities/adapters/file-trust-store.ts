import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshFailure } from '../../mesh/failure.ts';
import type { SigningCa, TrustStore } from '../ports/trust-store.ts';
import { readCertificate } from './certificate-facts.ts';

/** Certificate and key in one file, so that linking it into place stores both or neither. */
const ROOT_FILE = 'root-ca.pem';

/** Keeps roots under `<dir>/<mesh>/`, directories 0700, files 0600; what others could read is refused. */
export function fileTrustStore(dir: string): TrustStore {
  const readRoot = async (mesh: string): Promise<SigningCa | null> => {
    const path = join(dir, meshDir(mesh), ROOT_FILE);
    let text: string;
    try {
      await refuseReadableByOthers(path);
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return parseRoot(path, text);
  };

  return {
    readRoot,
    locate: async (mesh) => {
      const home = join(dir, meshDir(mesh));
      return existsSync(join(home, ROOT_FILE)) ? home : null;
    },
    keepRoot: async (mesh, root) => {
      const home = join(dir, meshDir(mesh));
      await mkdir(home, { recursive: true, mode: 0o700 });
      await refuseReadableByOthers(home);
      const aside = join(home, `.${randomUUID()}`);
      try {
        const file = await open(aside, 'wx', 0o600);
        try {
          await file.writeFile(`${root.certPem.trim()}\n${root.keyPem.trim()}\n`);
          // The key signs CAs of clusters next: it must not be lost to a power cut after them.
          await file.sync();
        } finally {
          await file.close();
        }
        // link(2) fails when the name is taken, so of two workers exactly one stores its root.
        await link(aside, join(home, ROOT_FILE)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
        await syncDirectory(home);
      } finally {
        await rm(aside, { force: true });
      }
      const stored = await readRoot(mesh);
      if (stored === null)
        throw new MeshFailure(
          'ConcurrentChange',
          `the root CA of mesh ${mesh} was removed from ${home} while it was stored`,
        );
      return stored;
    },
  };
}

/** Mesh names are DNS-1123 labels by the spec; a path made of anything else is refused here once more. */
function meshDir(mesh: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(mesh))
    throw new MeshFailure('InvalidMeshSpec', `mesh name "${mesh}" is not a DNS-1123 label`);
  return mesh;
}

async function refuseReadableByOthers(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  throw new MeshFailure(
    'TrustMismatch',
    `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`,
    {
      cure: `if nobody has copied the root CA's key: chmod go= ${path}, then retry`,
    },
  );
}

function parseRoot(path: string, text: string): SigningCa {
  const certPem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0];
  const keyPem = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(
    text,
  )?.[0];
  if (certPem === undefined || keyPem === undefined) {
    throw new MeshFailure('TrustMismatch', `${path} does not hold a certificate and a key`, {
      cure: 'restore the file from a backup, then retry',
    });
  }
  readCertificate(certPem);
  return { certPem: `${certPem}\n`, keyPem: `${keyPem}\n` };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
