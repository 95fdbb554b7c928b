/** Computes the SHA-256 of a text's UTF-8 bytes as 64 lower-case hex digits; injected, because `mesh/` imports no crypto. */
export type Sha256 = (text: string) => string;

/**
 * Writes a JSON value so that equal values give equal texts: object keys sorted by UTF-16 code unit, no white space.
 * Properties that are undefined are left out, as JSON does, so a value is the same before and after Temporal carried it.
 * @throws {TypeError} for what JSON cannot hold: functions, symbols, bigints, NaN, infinities, undefined in an array.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean')
    return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON cannot hold ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object')
    throw new TypeError(`JSON cannot hold a value of type ${typeof value}`);
  const fields = value as { [key: string]: unknown };
  const keys = Object.keys(fields)
    .filter((key) => fields[key] !== undefined)
    .sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(fields[key])}`).join(',')}}`;
}
