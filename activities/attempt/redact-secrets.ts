/** What must never reach history, a log or a screen, by shape: PEM keys, JWTs, credentials in headers, fields, queries and URLs, long base64. */
const SHAPES: [RegExp, string][] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    '[private key removed]',
  ],
  [/-----BEGIN CERTIFICATE-----[\s\S]*?(-----END CERTIFICATE-----|$)/g, '[certificate removed]'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[token removed]'],
  [/\b(bearer|basic)\s+["']?[\w.~+/=-]{8,}/gi, '$1 [removed]'],
  // As YAML, JSON (escaped or not), query or assignment: `password: x`, `"id_token":"x"`, `access_token=x`.
  [
    /((?:token|password|passwd|authorization|client-key-data|api-?key|client-?secret)(?:\\*["'])?\s*[:=])(\s*)(?:\\*["'])?(?!\[)[^\s"'\\,;&}]+/gi,
    '$1$2[removed]',
  ],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1[removed]@'],
  [/[A-Za-z0-9+/_-]{100,}={0,2}/g, '[long text removed]'],
  // Wrapped base64 has lines of 64 or 76; digests in hex have one case only and stay.
  [/\b(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])[A-Za-z0-9+/]{64,}={0,2}/g, '[long text removed]'],
];

/** Removes whatever looks like a secret; a text without secrets comes back as it was. */
export function redactSecrets(text: string): string {
  return SHAPES.reduce(
    (cleaned, [shape, replacement]) => cleaned.replace(shape, replacement),
    text,
  );
}

/** Removes a credential whose value is known from a text that may quote it; null when there is none. */
export function removeCredential(text: string, credential: string | null): string {
  // what is shorter is no credential, and would tear words apart
  return credential === null || credential.length < 8
    ? text
    : text.replaceAll(credential, '[credential removed]');
}
