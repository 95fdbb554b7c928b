import { spellings } from './secret-spellings.ts';

/** A secret to look for, and what to call it in a finding. */
export type KnownSecret = {
  /** What it is, e.g. `CA key of cluster1`; never its value. */
  name: string;
  /** Its value as it would be used. */
  value: string;
};

/** Something that may hold a secret: its name in findings, and all its bytes. */
export type Place = {
  /** What it is, e.g. `worker.log`. */
  where: string;
  /** Its content. */
  bytes: Buffer;
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

/** Line ends, as they are or escaped any number of times, and the indentation behind them: whatever wraps a long text. */
const WRAPPING = /(?:\s|\\+[nrt])+/g;

/** Finds known secrets in a blob in every spelling, wrapped or not. Answers findings such as `worker.log: CA key of cluster1`. */
export function findKnown(where: string, blob: Buffer, known: readonly KnownSecret[]): string[] {
  const text = blob.toString('latin1');
  const unwrapped = text.replaceAll(WRAPPING, '');
  return known
    .filter(({ value }) =>
      spellings(value).some((spelling) => text.includes(spelling) || unwrapped.includes(spelling)),
    )
    .map(({ name }) => `${where}: ${name}`);
}

/** Finds secrets in a blob: by shape, and each known one in every spelling. Answers findings, never a secret itself. */
export function findSecrets(where: string, blob: Buffer, known: readonly KnownSecret[]): string[] {
  const text = blob.toString('latin1');
  const shaped = SHAPES.filter(({ pattern }) => pattern.test(text));
  return [...shaped.map(({ name }) => `${where}: ${name}`), ...findKnown(where, blob, known)];
}

/** Finds secrets in places, by shape too. */
export function findInPlaces(places: readonly Place[], known: readonly KnownSecret[]): string[] {
  return places.flatMap(({ where, bytes }) => findSecrets(where, bytes, known));
}
