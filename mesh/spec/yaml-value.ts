import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { SpecPath } from './spec-problem.ts';
import { keyOf, plainSource, startOf } from './yaml-node.ts';
import type { YamlFault } from './yaml-node.ts';
import { doubtScalar } from './yaml-scalar.ts';

/** Most aliases in one file. */
const ALIAS_LIMIT = 50;
/** Most nodes that all aliases together may stand for. */
const ALIASED_NODE_LIMIT = 20_000;
/** Deepest nesting. */
const DEPTH_LIMIT = 100;

/** Tags of plain JSON values. */
const JSON_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/**
 * Reads a document as plain JSON, and finds what makes its meaning doubtful or its size unreasonable. Where that is so the
 * value is null. What an alias stands for is read anew each time: no two places of the value share an object.
 */
export function readYamlValue(document: Document.Parsed): { value: unknown; faults: YamlFault[] } {
  const reader: Reader = {
    document,
    faults: [],
    aliases: 0,
    aliasedNodes: 0,
    through: 0,
    inside: [],
    full: false,
  };
  const value = document.contents === null ? undefined : readNode(reader, document.contents, []);
  return { value, faults: reader.faults };
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
      refuseBound(
        reader,
        node,
        path,
        `the aliases of this file stand for more than ${ALIASED_NODE_LIMIT} values`,
      );
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
    reader.faults.push({
      offset: startOf(node),
      path,
      message: `tag ${tag} makes a value that JSON cannot hold`,
      cure: 'remove the tag',
    });
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

function readAlias(
  reader: Reader,
  alias: Node & { source: string; resolve: (document: Document) => unknown },
  path: SpecPath,
): unknown {
  if (reader.through === 0) reader.aliases += 1;
  if (reader.aliases > ALIAS_LIMIT) {
    refuseBound(reader, alias, path, `the file has more than ${ALIAS_LIMIT} aliases`);
    return null;
  }
  if (reader.full) return null;
  const target = alias.resolve(reader.document) as Node | undefined;
  if (target === undefined || reader.inside.includes(target)) {
    const message =
      target === undefined
        ? `alias *${alias.source} has no anchor before it`
        : `alias *${alias.source} contains itself`;
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
    return {
      message: 'merge keys are not part of YAML 1.2',
      cure: 'write the keys out, or use an alias for the whole value',
    };
  }
  if (source === '__proto__') return { message: 'this key cannot be used', cure: 'remove it' };
  // As a key a number of base 60, a date or a large number is text to every reader that matters here.
  return /^(?:y|n|yes|no|on|off)$/i.test(source) ? doubtScalar(source) : null;
}

function refuseBound(reader: Reader, node: unknown, path: SpecPath, message: string): void {
  if (reader.full) return;
  reader.full = true;
  reader.faults.push({
    offset: startOf(node),
    path: path.slice(0, 8),
    message,
    cure: 'write a smaller file',
  });
}
