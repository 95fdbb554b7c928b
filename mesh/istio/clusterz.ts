/** What one istiod says of a remote cluster, in its own words (`synced`, `syncing`, `timeout`, `closed`), or `absent`. */
export function clusterzStatus(answer: string, cluster: string, secret: string): string {
  type Entry = { id?: string; secretName?: string; syncStatus?: string };
  // A notice about memory limits may precede the JSON.
  const start = answer.indexOf('[');
  if (start < 0) return 'absent';
  let entries: Entry[];
  try {
    entries = JSON.parse(answer.slice(start)) as Entry[];
  } catch {
    return 'absent';
  }
  const entry = entries.find(
    (candidate) => candidate.id === cluster && candidate.secretName === secret,
  );
  return entry?.syncStatus ?? 'absent';
}
