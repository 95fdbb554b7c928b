/** FNV-1a over 32 bits: spreads names well enough, is the same everywhere, and needs no library in the pure part. */
export function fnv1a(text: string): number {
  let value = 0x811c9dc5;
  for (const sign of text) {
    value ^= sign.codePointAt(0) ?? 0;
    value = Math.imul(value, 0x01000193) >>> 0;
  }
  return value;
}
