import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Path of a binary of the sandbox's toolchain. */
export async function locatePart(name: string): Promise<string> {
  const parts = join(
    process.env['MESHWRIGHT_CACHE'] ?? join(homedir(), '.cache/meshwright'),
    'parts',
    name,
  );
  for (const version of existsSync(parts) ? readdirSync(parts) : []) {
    const path = join(parts, version, name);
    if (existsSync(path)) return path;
  }
  throw new Error(`no ${name} under ${parts}`);
}
