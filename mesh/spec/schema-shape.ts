import { z } from 'zod';
import type { SpecPath } from './spec-problem.ts';

/** Keys that may stand in the map at a path; null where any may. */
export function knownKeysAt(root: z.ZodType, path: SpecPath): string[] | null {
  const schema = schemasAt(root, path).find((candidate) => candidate instanceof z.ZodObject);
  return schema === undefined ? null : Object.keys(schema.shape);
}

/** Example of what may stand at a path, as YAML; null where the schema gives none. */
export function exampleAt(root: z.ZodType, path: SpecPath): string | null {
  for (const schema of schemasAt(root, path)) {
    const [example] = (schema.meta()?.['examples'] as unknown[] | undefined) ?? [];
    if (typeof example === 'string') return example;
  }
  return null;
}

/** Whether something must stand at a path. */
export function isRequiredAt(root: z.ZodType, path: SpecPath): boolean {
  const [outermost] = schemasAt(root, path);
  return outermost !== undefined && !outermost.safeParse(undefined).success;
}

/** Every schema a value at a path meets: wrappers such as defaults first, what they hold after them. */
function schemasAt(root: z.ZodType, path: SpecPath): z.ZodType[] {
  let candidates = unwrap(root);
  for (const part of path) {
    candidates = candidates.flatMap((schema) => {
      const child = childOf(schema, part);
      return child === null ? [] : unwrap(child);
    });
  }
  return candidates;
}

function childOf(schema: z.ZodType, part: string | number): z.ZodType | null {
  if (schema instanceof z.ZodObject) {
    const shape: { [key: string]: z.ZodType | undefined } = schema.shape;
    return Object.hasOwn(shape, part) ? (shape[part] ?? null) : null;
  }
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  return null;
}

function unwrap(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodUnion)
    return [schema, ...schema.options.flatMap((option) => unwrap(option as z.ZodType))];
  if (schema instanceof z.ZodPipe) return [schema, ...unwrap(schema.in as z.ZodType)];
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  ) {
    return [schema, ...unwrap(schema.def.innerType as z.ZodType)];
  }
  return [schema];
}
