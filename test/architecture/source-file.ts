import { posix } from 'node:path';
import { parseSync } from '@swc/core';
import type { Module, Span } from '@swc/core';

/** One import of a file: static, re-export or dynamic. */
export type SourceImport = {
  /** As written. */
  specifier: string;
  /** Path from the root when it is one of ours, else the name of the package or `node:` module. */
  target: string;
  /** Whether it is one of our files. */
  ours: boolean;
  /** Whether only types come through it, so that it is gone at run time. */
  typesOnly: boolean;
  /** Whether it is loaded when that line runs, by `import()`, and not with the file. */
  late: boolean;
};

/** A node of the syntax tree. */
export type SyntaxNode = { type: string; span: Span; [field: string]: unknown };

/** A TypeScript file, parsed. */
export type SourceFile = {
  /** Path from the root, with `/`. */
  path: string;
  /** Its text. */
  text: string;
  /** Syntax tree. */
  module: Module;
  /** Every node of the tree, from the root on. */
  nodes: SyntaxNode[];
  /** Everything it imports. */
  imports: SourceImport[];
  /** `path:line` of a node. */
  at(node: SyntaxNode): string;
  /** The text of a node. */
  textOf(node: SyntaxNode): string;
  /** The documentation comment right before a node; empty when there is none. */
  docOf(node: SyntaxNode): string;
};

/** Parses a file, real or planted. */
export function parseSource(path: string, text: string): SourceFile {
  const module = parseSync(text, { syntax: 'typescript', target: 'es2022', comments: true });
  const bytes = Buffer.from(text);
  // swc counts bytes, from 1 on
  const before = (node: SyntaxNode): string => bytes.subarray(0, node.span.start - 1).toString();
  const textOf = (node: SyntaxNode): string =>
    bytes.subarray(node.span.start - 1, node.span.end - 1).toString();
  const nodes = [...nodesOf(module.body)];
  return {
    path,
    text,
    module,
    nodes,
    imports: importsOf(path, nodes),
    at: (node) => `${path}:${before(node).split('\n').length}`,
    textOf,
    docOf: (node) => docBefore(before(node).trimEnd()),
  };
}

/** Every node of a tree, from the root on. */
function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item);
  } else if (typeof value === 'object' && value !== null) {
    if (typeof (value as SyntaxNode).type === 'string' && 'span' in value)
      yield value as SyntaxNode;
    for (const field of Object.values(value)) yield* nodesOf(field);
  }
}

function docBefore(text: string): string {
  if (!text.endsWith('*/')) return '';
  const opening = text.lastIndexOf('/*');
  return text.startsWith('/**', opening) ? text.slice(opening) : '';
}

function importsOf(path: string, nodes: SyntaxNode[]): SourceImport[] {
  const found: SourceImport[] = [];
  const add = (specifier: string, typesOnly: boolean, late = false): void => {
    const ours = specifier.startsWith('.');
    const target = ours ? posix.join(posix.dirname(path), specifier) : packageOf(specifier);
    found.push({ specifier, target, ours, typesOnly, late });
  };
  for (const node of nodes) {
    const source = (node['source'] as { value?: string } | null | undefined)?.value;
    if (node.type === 'ImportDeclaration' && source !== undefined) {
      const specifiers = node['specifiers'] as { isTypeOnly?: boolean }[];
      const typesOnly =
        node['typeOnly'] === true ||
        (specifiers.length > 0 && specifiers.every((one) => one.isTypeOnly === true));
      add(source, typesOnly);
    } else if (
      (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') &&
      source !== undefined
    ) {
      add(source, node['typeOnly'] === true);
    } else if (node.type === 'CallExpression' && (node['callee'] as SyntaxNode).type === 'Import') {
      const [argument] = node['arguments'] as { expression: { type: string; value?: string } }[];
      // what is not written out cannot be judged, so it counts as an import of anything
      add(
        argument?.expression.type === 'StringLiteral'
          ? (argument.expression.value ?? '')
          : '(computed)',
        false,
        true,
      );
    } else if (node.type === 'TsImportType') {
      add((node['argument'] as { value: string }).value, true);
    }
  }
  return found;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
