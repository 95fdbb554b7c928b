import type { Document, ErrorCode } from 'yaml';
import type { YamlFault } from './yaml-document.ts';

/** What to do about each kind of syntax error; the rest point to the line. */
const CURES: { [code in ErrorCode]?: string } = {
  ALIAS_PROPS: 'remove the anchor or tag before the alias',
  BAD_ALIAS: 'give the anchor or alias a name without special characters',
  BAD_DIRECTIVE: 'remove the line that starts with %',
  BAD_DQ_ESCAPE: 'escape the backslash as \\\\, or use single quotes',
  BAD_INDENT: 'line it up with its neighbours',
  BAD_SCALAR_START: 'quote the value',
  BLOCK_AS_IMPLICIT_KEY: 'quote the value, or put the nested map on lines of its own',
  DUPLICATE_KEY: 'keep one of the two',
  MISSING_CHAR: 'close the quote or bracket, or put the value on the key’s line',
  MULTIPLE_DOCS: 'keep one mesh in a file: remove everything from the second --- on',
  NON_STRING_KEY: 'use text as the key',
  TAB_AS_INDENT: 'indent with spaces',
  TAG_RESOLVE_FAILED: 'remove the tag',
};

/** Errors after which the rest of the structure is still what the author meant. */
const HARMLESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DUPLICATE_KEY',
  'MULTIPLE_DOCS',
  'NON_STRING_KEY',
  'TAB_AS_INDENT',
  'TAG_RESOLVE_FAILED',
]);

const MESSAGES: { [code in ErrorCode]?: string } = {
  DUPLICATE_KEY: 'this key is there twice',
  MULTIPLE_DOCS: 'the file holds several YAML documents',
  NON_STRING_KEY: 'this key is not text',
  TAB_AS_INDENT: 'tabs cannot indent YAML',
};

/**
 * Turns the parser's errors and warnings into faults. After an error that tears the structure only the first is kept:
 * those behind it are its echoes.
 */
export function syntaxFaults(document: Document.Parsed): { faults: YamlFault[]; tornAt: number | null } {
  const faults: YamlFault[] = [];
  let tornAt: number | null = null;
  const raised = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  for (const { code, message, pos } of raised) {
    if (tornAt !== null) break;
    if (!HARMLESS.has(code)) tornAt = pos[0];
    faults.push({
      offset: pos[0],
      path: [],
      message: MESSAGES[code] ?? `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
      cure: CURES[code] ?? 'correct the YAML here or on the line above',
    });
  }
  const { yaml } = document.directives ?? {};
  if (yaml?.explicit === true && yaml.version !== '1.2') {
    faults.push({
      offset: 0,
      path: [],
      message: `the file asks to be read as YAML ${yaml.version}`,
      cure: 'remove the line %YAML; mesh files are YAML 1.2',
    });
  }
  return { faults, tornAt };
}
