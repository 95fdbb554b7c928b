import type { Document, ErrorCode, YAMLError } from 'yaml';
import type { YamlFault } from './yaml-node.ts';

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
};

/** Errors after which the rest of the structure is still what the author meant. */
const HARMLESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DUPLICATE_KEY',
  'MULTIPLE_DOCS',
  'NON_STRING_KEY',
]);

const MESSAGES: { [code in ErrorCode]?: string } = {
  DUPLICATE_KEY: 'this key is there twice',
  MULTIPLE_DOCS: 'the file holds several YAML documents',
  NON_STRING_KEY: 'this key is not text',
  TAB_AS_INDENT: 'tabs cannot indent YAML',
};

/**
 * Turns the parser's errors into faults; its warnings are about tags, which yaml-value.ts judges itself. After an error that tears the structure only the first is kept:
 * those behind it are its echoes.
 */
export function syntaxFaults(document: Document.Parsed): {
  faults: YamlFault[];
  tornAt: number | null;
} {
  const faults: YamlFault[] = [];
  let tornAt: number | null = null;
  for (const error of [...document.errors].sort((a, b) => a.pos[0] - b.pos[0])) {
    if (tornAt !== null) break;
    if (!HARMLESS.has(error.code)) tornAt = error.pos[0];
    faults.push({
      offset: error.pos[0],
      path: [],
      message: messageOf(error),
      cure: CURES[error.code] ?? 'correct the YAML here or on the line above',
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

function messageOf({ code, message }: YAMLError): string {
  // The parser catches the overflow of its own recursion and reports it like a misplaced bracket.
  if (/call stack/i.test(message)) return 'the file is nested too deeply';
  // The parser quotes what it stumbled over, however long it is.
  return (
    MESSAGES[code] ?? `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1, 160)}`
  );
}
