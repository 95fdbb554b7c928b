import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { SpecPath } from './spec-problem.ts';
import { doubtScalar } from './yaml-scalar.ts';
import { syntaxFaults } from './yaml-syntax.ts';

/** Most aliases in one file. */
const ALIAS_LIMIT = 50;
/** Most nodes that all aliases together may stand for. */
const ALIASED_NODE_LIMIT = 20_000;
/** Deepest nesting. */
const DEPTH_LIMIT = 100;

/** Tags of plain JSON values. */
const JSON_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

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
  const reader: Reader = { document, faults, aliases: 0, aliasedNodes: 0, through: 0, inside: [], full: false };
  const value = document.contents === null ? undefined : readNode(reader, document.contents, []);
  return {
    value,
    faults: reader.faults,
    tornAt,
    offsetOf: (path, at) => offsetOf(document, path, at),
    sourceOf: (path) => plainSource(nodeAt(document, path)),
    positionOf: (offset) => {
      const { line, col } = lineCounter.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
}

type Reader = {
  document: Document.Parsed;
  faults: YamlFault[];
  /** Aliases met so far. */
  aliases: number;
  /** Nodes read through aliases so far. */
  aliasedNodes: number;
  /** How many aliases are being read through now. */
  through: number;
  /** Maps and lists being read now, outermost first. */
  inside: unknown[];
  /** Set when a bound was passed: nothing more is expanded, and nothing more is said about it. */
  full: boolean;
};

function readNode(reader: Reader, node: unknown, path: SpecPath): unknown {
  if (reader.through > 0) {
    reader.aliasedNodes += 1;
    if (reader.aliasedNodes > ALIASED_NODE_LIMIT) {
      refuseBound(reader, node, path, `the aliases of this file stand for more than ${ALIASED_NODE_LIMIT} values`);
      return null;
    }
  }
  if (node === null) return null;
  if (path.length > DEPTH_LIMIT) {
    refuseBound(reader, node, path, `the file is nested more than ${DEPTH_LIMIT} levels deep`);
    return null;
  }
  if (isAlias(node)) return readAlias(reader, node, path);
  const { tag } = node as { tag?: string };
  if (tag !== undefined && !JSON_TAGS.test(tag)) {
    reader.faults.push({ offset: startOf(node), path, message: `tag ${tag} makes a value that JSON cannot hold`, cure: 'remove the tag' });
    return null;
  }
  if (isMap(node) || isSeq(node)) {
    reader.inside.push(node);
    const value = isMap(node)
      ? readMap(reader, node.items as Pair[], path)
      : node.items.map((item, index) => readNode(reader, item, [...path, index]));
    reader.inside.pop();
    return value;
  }
  if (!isScalar(node)) return null;
  const source = plainSource(node);
  const doubt = source === null ? null : doubtScalar(source);
  if (doubt === null) return node.value ?? null;
  // The anchor said it already where this is read through an alias.
  if (reader.through === 0) reader.faults.push({ offset: startOf(node), path, ...doubt });
  return null;
}

function readAlias(reader: Reader, alias: Node & { source: string; resolve: (document: Document) => unknown }, path: SpecPath): unknown {
  if (reader.through === 0) reader.aliases += 1;
  if (reader.aliases > ALIAS_LIMIT) {
    refuseBound(reader, alias, path, `the file has more than ${ALIAS_LIMIT} aliases`);
    return null;
  }
  if (reader.full) return null;
  const target = alias.resolve(reader.document) as Node | undefined;
  if (target === undefined || reader.inside.includes(target)) {
    const message =
      target === undefined ? `alias *${alias.source} has no anchor before it` : `alias *${alias.source} contains itself`;
    reader.faults.push({ offset: startOf(alias), path, message, cure: 'write the value out' });
    return null;
  }
  reader.through += 1;
  const value = readNode(reader, target, path);
  reader.through -= 1;
  return value;
}

function readMap(reader: Reader, pairs: Pair[], path: SpecPath): unknown {
  const map: { [key: string]: unknown } = {};
  for (const pair of pairs) {
    const key = keyOf(pair);
    if (key === null) continue;
    const at = [...path, key];
    const source = plainSource(pair.key);
    const doubt = source === null || reader.through > 0 ? null : doubtKey(source);
    if (doubt !== null) reader.faults.push({ offset: startOf(pair.key), path: at, ...doubt });
    // Assigning this key would set the prototype of the object instead of a field.
    if (key === '__proto__') continue;
    map[key] = readNode(reader, pair.value, at);
  }
  return map;
}

function doubtKey(source: string): { message: string; cure: string } | null {
  if (source === '<<') {
    return { message: 'merge keys are not part of YAML 1.2', cure: 'write the keys out, or use an alias for the whole value' };
  }
  if (source === '__proto__') return { message: 'this key cannot be used', cure: 'remove it' };
  // As a key a number of base 60, a date or a large number is text to every reader that matters here.
  return /^(?:y|n|yes|no|on|off)$/i.test(source) ? doubtScalar(source) : null;
}

function refuseBound(reader: Reader, node: unknown, path: SpecPath, message: string): void {
  if (reader.full) return;
  reader.full = true;
  reader.faults.push({ offset: startOf(node), path: path.slice(0, 8), message, cure: 'write a smaller file' });
}

function keyOf(pair: Pair): string | null {
  return isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : null;
}

function plainSource(node: unknown): string | null {
  if (!isScalar(node) || node.type !== 'PLAIN' || node.tag !== undefined) return null;
  return node.source ?? null;
}

function startOf(node: unknown): number {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;
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
  return node === null || node === undefined || (isScalar(node) && node.type === 'PLAIN' && node.source === '');
}
