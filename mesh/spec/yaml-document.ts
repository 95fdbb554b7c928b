import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Pair } from 'yaml';
import type { SpecPath } from './spec-problem.ts';
import { keyOf, plainSource, startOf } from './yaml-node.ts';
import type { YamlFault } from './yaml-node.ts';
import { syntaxFaults } from './yaml-syntax.ts';
import { readYamlValue } from './yaml-value.ts';

/** A YAML file as read: its value as plain JSON, what is wrong with it, and where things are. */
export type YamlDocument = {
  /** Plain JSON value; undefined when the file is empty. */
  value: unknown;
  /** What is wrong with the YAML. */
  faults: YamlFault[];
  /** Offset from which a syntax error makes everything doubtful; null when the structure is sound. */
  tornAt: number | null;
  /** Offset of a key or value; of the nearest thing around it where the path leads nowhere. */
  offsetOf: (path: SpecPath, at: 'key' | 'value') => number;
  /** Source text of an unquoted scalar, e.g. `1.30`; null for anything else. */
  sourceOf: (path: SpecPath) => string | null;
  /** Line and column of an offset, from 1. */
  positionOf: (offset: number) => { line: number; column: number };
};

/** Reads YAML 1.2 and collects everything that makes its meaning doubtful. Never throws for what a text may hold. */
export function readYaml(text: string): YamlDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    version: '1.2',
    // 'silent' would let a second document pass without an error.
    logLevel: 'error',
  });
  const { faults, tornAt } = syntaxFaults(document);
  const read = readYamlValue(document);
  return {
    value: read.value,
    faults: [...faults, ...read.faults],
    tornAt,
    offsetOf: (path, at) => offsetOf(document, path, at),
    sourceOf: (path) => plainSource(nodeAt(document, path)),
    positionOf: (offset) => {
      const { line, col } = lineCounter.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
}

function resolveAlias(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function childOf(node: unknown, part: string | number): { key: unknown; value: unknown } | null {
  if (isSeq(node) && typeof part === 'number') {
    const value = node.items[part];
    return value === undefined ? null : { key: value, value };
  }
  if (!isMap(node)) return null;
  const pair = (node.items as Pair[]).find((item) => keyOf(item) === String(part));
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function nodeAt(document: Document.Parsed, path: SpecPath): unknown {
  let node: unknown = document.contents;
  for (const part of path) node = childOf(resolveAlias(document, node), part)?.value;
  return node;
}

function offsetOf(document: Document.Parsed, path: SpecPath, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [index, part] of path.entries()) {
    const child = childOf(resolveAlias(document, node), part);
    if (child === null) return offset;
    const isLast = index === path.length - 1;
    // What is missing in a map is best shown at the map's own key, and what is wrong with a value at the value.
    const shown = isLast && at === 'value' && !isEmpty(child.value) ? child.value : child.key;
    offset = startOf(shown);
    node = child.value;
  }
  return offset;
}

/** An empty value has no place of its own. */
function isEmpty(node: unknown): boolean {
  return (
    node === null ||
    node === undefined ||
    (isScalar(node) && node.type === 'PLAIN' && node.source === '')
  );
}
