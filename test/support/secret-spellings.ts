/** Characters of a spelling that are looked for, from its middle: encodings differ at the ends only. */
const WINDOW = 48;
/** Shorter spellings would be found by chance. */
const SHORTEST = 12;

/**
 * Every way in which a secret may be written down, a window of each: raw, without PEM frame and line ends, the bytes inside, escaped
 * for JSON, YAML and URLs, base64 (standard and url-safe, at each of the three alignments, twice as Secrets in Secrets are), hex.
 */
export function spellings(value: string): string[] {
  const texts = [value, value.trim(), unframed(value), longestLine(value)];
  const bytes = [...texts.map((text) => Buffer.from(text)), derOf(value)];
  const encoded = bytes.flatMap((raw) => [
    raw.toString('latin1'),
    ...base64s(raw),
    ...base64s(raw).flatMap((once) => base64s(Buffer.from(once))),
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
  ]);
  const all = [...encoded, ...texts.flatMap(escapes)].map(middle);
  return [...new Set(all)].filter((text) => text.length >= SHORTEST);
}

function middle(text: string): string {
  return text.length <= WINDOW
    ? text
    : text.slice(Math.floor((text.length - WINDOW) / 2)).slice(0, WINDOW);
}

function escapes(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const twice = JSON.stringify(json).slice(1, -1);
  return [json, twice, text.replaceAll("'", "''"), encodeURIComponent(text)];
}

/** base64 of bytes at each alignment; the first and last group are left out, since they change with what stands beside them. */
function base64s(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((skip) => {
    const aligned = bytes.subarray(skip);
    const whole = aligned.subarray(0, aligned.length - (aligned.length % 3));
    return [whole.toString('base64'), whole.toString('base64url')];
  });
}

function unframed(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('-----'))
    .join('');
}

function longestLine(text: string): string {
  return text
    .split('\n')
    .reduce((longest, line) => (line.length > longest.length ? line : longest));
}

/** The bytes inside a PEM; none for other texts. */
function derOf(text: string): Buffer {
  return text.includes('-----BEGIN') ? Buffer.from(unframed(text), 'base64') : Buffer.alloc(0);
}
