/** Any value JSON can hold. */
export type JsonValue =
  string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object of unknown shape: overlays, specs of foreign objects. */
export type JsonObject = { [key: string]: JsonValue };
