import { isScalar } from 'yaml';
import type { Pair } from 'yaml';
import type { SpecPath } from './spec-problem.ts';

/** Something wrong with the YAML itself, at a known offset. */
export type YamlFault = {
  /** UTF-16 offset in the text. */
  offset: number;
  /** Field, as far as it is known. */
  path: SpecPath;
  /** What is wrong. */
  message: string;
  /** What to do about it. */
  cure: string;
};

/** Text of a pair's key; null for what is not text. */
export function keyOf(pair: Pair): string | null {
  return isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : null;
}

/** Source of an unquoted scalar without a tag, e.g. `1.30`; null for every other node. */
export function plainSource(node: unknown): string | null {
  if (!isScalar(node) || node.type !== 'PLAIN' || node.tag !== undefined) return null;
  return node.source ?? null;
}

/** Offset at which a node starts; 0 for one without a place. */
export function startOf(node: unknown): number {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;
}
