import type { Look } from './look.ts';

/** Writes a length of time for people: `8s`, `2m41s`, `1h05m`, `3d4h`. `ms` below zero counts as zero. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** Writes how long something took that is over: below ten seconds with tenths. */
export function tookText(from: string, to: string): string {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)}s` : elapsed(ms);
}

/** Time between two ISO-8601 times, or since the first when the second is null. */
export function elapsedBetween(from: string, to: string | null, look: Pick<Look, 'now'>): string {
  return elapsed((to === null ? look.now : Date.parse(to)) - Date.parse(from));
}

/** Writes since when something is so: how long ago, or the time itself, as the look wants it; empty for null. */
export function sinceText(since: string | null, look: Pick<Look, 'now' | 'timeFormat'>): string {
  if (since === null) return '';
  return look.timeFormat === 'iso' ? isoSeconds(since) : elapsed(look.now - Date.parse(since));
}

/** Time of day in UTC, `10:03:52Z`. */
export function clock(iso: string): string {
  return `${iso.slice(11, 19)}Z`;
}

/** ISO-8601 without fractions of a second. */
export function isoSeconds(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
