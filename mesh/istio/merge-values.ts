import type { JsonObject, JsonValue } from '../json.ts';

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lays values over values as Helm does: objects merge key by key, everything else, lists included, is replaced. Later arguments win. */
export function mergeValues(...layers: JsonObject[]): JsonObject {
  const merged: JsonObject = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const below = merged[key];
      merged[key] = isObject(below) && isObject(value) ? mergeValues(below, value) : value;
    }
  }
  return merged;
}
