import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { meshFileSchema } from './mesh-file-schema.ts';

/**
 * JSON Schema of mesh files for editors: draft-07, which most of them read, of what people write rather than of what
 * defaults make of it. Rules between fields are not part of it; parseMeshFile checks them.
 */
export function meshJsonSchema(): JsonObject {
  return z.toJSONSchema(meshFileSchema, { target: 'draft-7', io: 'input' }) as JsonObject;
}
