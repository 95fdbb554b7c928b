/** Form of a duration: hours, minutes and seconds in this order, e.g. `90s`, `10m`, `1h30m`. */
export const DURATION_PATTERN = '^(?=\\d)(?:\\d+h)?(?:\\d+m)?(?:\\d+s)?$';

/** Longest wait, in milliseconds: 7 days. */
export const LONGEST_DURATION_MS = 7 * 24 * 3_600_000;

/** Reads a duration such as `1h30m` into milliseconds; null when it has another form. */
export function parseDuration(text: string): number | null {
  const match = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [match[1], match[2], match[3]].map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}
