/** A secret to look for, and what to call it in a finding. */
export type KnownSecret = {
  /** What it is, e.g. `CA key of cluster1`; never its value. */
  name: string;
  /** Its value as it would be used. */
  value: string;
};

/** Text that only secrets contain, whoever wrote them. */
const SHAPES: { name: string; pattern: RegExp }[] = [
  { name: 'private key (PEM)', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  // base64 of "PRIVATE KEY" at each of the three alignments
  { name: 'private key (base64 PEM)', pattern: /UFJJVkFURSBLRV|QUklWQVRFIEtFW|BSSVZBVEUgS0VZ/ },
  {
    name: 'bearer token (JWT)',
    pattern: /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/,
  },
  { name: 'kubeconfig', pattern: /client-key-data|client-certificate-data/ },
];

/** The middle of a value: encodings differ at its ends only. */
function core(text: string): string {
  const start = Math.floor(text.length / 4);
  return text.slice(start, start + 48);
}

function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const aligned = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64'));
  const lines = value.split('\n').filter((line) => !line.startsWith('-----'));
  const longest = lines.reduce((longer, line) => (line.length > longer.length ? line : longer), '');
  return [longest, lines.join(''), bytes.toString('hex'), ...aligned]
    .map(core)
    .filter((text) => text.length >= 16);
}

/**
 * Finds secrets in a blob: by shape, and each known one raw, in base64 at every alignment, and in hex.
 * Answers findings such as `worker.log: CA key of cluster1`, never a secret itself.
 */
export function findSecrets(where: string, blob: Buffer, known: KnownSecret[]): string[] {
  const text = blob.toString('latin1');
  const found = SHAPES.filter(({ pattern }) => pattern.test(text)).map(({ name }) => name);
  for (const { name, value } of known) {
    if (spellings(value).some((spelling) => text.includes(spelling))) found.push(name);
  }
  return found.map((name) => `${where}: ${name}`);
}
