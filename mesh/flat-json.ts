/** A value, or the numbers of the entries that a list or an object is made of. */
export type FlatEntry =
  string | number | boolean | null | readonly number[] | { readonly [key: string]: number };

/** JSON in which what repeats is written once: entries name earlier ones by their numbers, from 0 on; the last is the whole. */
export type FlatJson = readonly FlatEntry[];

/** Writes a value of JSON flat. A plan names the same clusters and lists thousands of times, and becomes a fraction of its size. */
export function flatten(value: unknown): FlatJson {
  const entries: FlatEntry[] = [];
  const numbers = new Map<string, number>();
  const known = new Map<object, number>();
  const add = (entry: FlatEntry): number => {
    const text = JSON.stringify(entry);
    const number = numbers.get(text) ?? entries.push(entry) - 1;
    numbers.set(text, number);
    return number;
  };
  const visit = (part: unknown): number => {
    if (typeof part !== 'object' || part === null) return add(part as FlatEntry);
    const seen = known.get(part);
    if (seen !== undefined) return seen;
    const number = Array.isArray(part)
      ? add(part.map((inner) => visit(inner ?? null)))
      : add(
          Object.fromEntries(
            Object.entries(part).flatMap(([key, inner]) =>
              inner === undefined ? [] : [[key, visit(inner)]],
            ),
          ),
        );
    known.set(part, number);
    return number;
  };
  const whole = visit(value);
  // The whole is last unless it equals something inside itself, which only a scalar can.
  if (whole !== entries.length - 1) entries.push(entries[whole] ?? null);
  return entries;
}

/**
 * Reads what flatten wrote. Parts that were written once are one object in the answer, so it must not be changed.
 * @throws {Error} when an entry names one that is not before it
 */
export function inflate(flat: FlatJson): unknown {
  const values: unknown[] = [];
  const valueAt = (number: number): unknown => {
    if (number >= values.length) throw new Error(`no entry ${number} before ${values.length}`);
    return values[number];
  };
  for (const entry of flat) {
    if (typeof entry !== 'object' || entry === null) values.push(entry);
    else if (isList(entry)) values.push(entry.map(valueAt));
    else
      values.push(
        Object.fromEntries(Object.entries(entry).map(([key, number]) => [key, valueAt(number)])),
      );
  }
  return values.at(-1);
}

function isList(entry: object): entry is readonly number[] {
  return Array.isArray(entry);
}
