/** Longest message that is told, in characters: PodSecurity lists every field that it refuses, and a missing image is named three times before it is called so. */
const MESSAGE_LIMIT = 400;

/** What a cluster says of an object (a pod, a condition, an event), in one line and no longer than a failure can carry; empty when it says nothing. */
export function ownWords(message: string | undefined): string {
  const line = (message ?? '').replaceAll(/\s+/g, ' ').trim();
  return line.length <= MESSAGE_LIMIT ? line : `${line.slice(0, MESSAGE_LIMIT - 1)}…`;
}
