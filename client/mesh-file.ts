import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import { parseMeshFile } from '../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../mesh/spec/spec-problem.ts';
import { ClientFailure } from './client-failure.ts';
import { EXIT } from './exit-codes.ts';

/** A mesh that was asked for. */
export type AskedMesh = {
  /** The validated mesh. */
  spec: MeshSpec;
  /** SHA-256 (hex) of the canonical spec. */
  specDigest: string;
};

/** The file that is read when none is named. */
export const DEFAULT_FILE = 'mesh.yaml';

/**
 * Reads and validates a mesh file; `-` reads stdin.
 * @throws {ClientFailure} 2: a file that cannot be read, or all that is wrong with it
 */
export async function readMeshFile(file: string): Promise<AskedMesh> {
  const text = await readText(file);
  const parsed = parseMeshFile(text, file === '-' ? 'stdin' : file);
  if (!parsed.ok) {
    const { problems } = parsed;
    throw new ClientFailure(
      EXIT.usage,
      `${file === '-' ? 'stdin' : file} is not a valid mesh file: ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
      { lines: problems.map(formatSpecProblem) },
    );
  }
  return { spec: parsed.spec, specDigest: sha256(parsed.digestSource) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = {
      ENOENT: 'there is no such file',
      EACCES: 'it may not be read',
      EISDIR: 'it is a directory',
    }[code ?? ''];
    throw new ClientFailure(
      EXIT.usage,
      `cannot read mesh file ${file}: ${reason ?? String(error)}`,
      {
        cures: [
          'name it with -f FILE or MESHWRIGHT_FILE',
          '`meshwright schema` describes the format; examples/ has files to start from',
        ],
      },
      { cause: error },
    );
  }
}
