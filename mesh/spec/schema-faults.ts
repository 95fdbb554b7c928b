import type { z } from 'zod';
import { describeValue, valueAt } from './found-value.ts';
import { nearestName } from './nearest-name.ts';
import { exampleAt, isRequiredAt, knownKeysAt } from './schema-shape.ts';
import { formatSpecPath } from './spec-problem.ts';
import type { SpecFault, SpecPath } from './spec-problem.ts';
import { quote } from './text-checks.ts';

/** What turning the schema's issues into faults looks up. */
export type FaultContext = {
  /** Schema that raised the issues. */
  schema: z.ZodType;
  /** Value that was checked. */
  value: unknown;
  /** Source text of an unquoted scalar; null for anything else. */
  sourceOf: (path: SpecPath) => string | null;
};

/** Turns the schema's issues into faults with cures, one for every unknown key. */
export function schemaFaults(
  issues: readonly z.core.$ZodIssue[],
  context: FaultContext,
): SpecFault[] {
  const faults = issues.flatMap((issue) => issueFaults(issue, [], context));
  const meant = new Set(
    faults.flatMap(({ path, meant: key }) =>
      key === undefined ? [] : [idOf([...path.slice(0, -1), key])],
    ),
  );
  // A key that is missing because it is misspelt is said once.
  return faults
    .filter((fault) => !(fault.message === MISSING && meant.has(idOf(fault.path))))
    .map(({ meant: _, ...fault }) => fault);
}

/** A fault that may know which key was meant. */
type SchemaFault = SpecFault & { meant?: string };

const MISSING = 'is missing';

function idOf(path: SpecPath): string {
  return JSON.stringify(path);
}

function issueFaults(
  issue: z.core.$ZodIssue,
  base: SpecPath,
  context: FaultContext,
): SchemaFault[] {
  const path: SpecPath = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, context));
    case 'custom': {
      const cure: unknown = issue.params?.['cure'];
      return [
        {
          path,
          at: 'value',
          message: issue.message,
          cure: typeof cure === 'string' ? cure : 'correct it',
        },
      ];
    }
    case 'invalid_key':
      return issue.issues.flatMap((inner) =>
        issueFaults(inner, path, context).map((fault) => ({ ...fault, path, at: 'key' as const })),
      );
    case 'invalid_value':
      return [wrongChoice(path, issue.values.map(String), context)];
    case 'invalid_union':
      return unionFaults(issue, path, context);
    case 'too_small':
    case 'too_big':
      return [outOfBounds(path, issue, context)];
    case 'invalid_type':
      return [wrongType(path, issue.expected, context)];
    default:
      return [{ path, at: 'value', message: issue.message.toLowerCase(), cure: 'correct it' }];
  }
}

function unknownKey(path: SpecPath, key: string, context: FaultContext): SchemaFault {
  const known = knownKeysAt(context.schema, path) ?? [];
  const near = nearestName(key, known);
  return {
    path: [...path, key],
    at: 'key',
    message: 'unknown key',
    cure:
      near === null
        ? `remove it; the keys here are ${known.join(', ')}`
        : `did you mean ${quote(near)}?`,
    ...(near === null ? {} : { meant: near }),
  };
}

function wrongChoice(path: SpecPath, choices: string[], context: FaultContext): SpecFault {
  const found = valueAt(context.value, path);
  if (found === undefined) return missing(path, context);
  const near = typeof found === 'string' ? nearestName(found, choices) : null;
  return {
    path,
    at: 'value',
    message: `${describeValue(found)} is not known here`,
    cure: near === null ? `write ${choices.join(' or ')}` : `did you mean ${quote(near)}?`,
  };
}

/** The one union is controlPlane: a word, or a map; what is wrong is told for the form that was tried. */
function unionFaults(
  issue: z.core.$ZodIssueInvalidUnion,
  path: SpecPath,
  context: FaultContext,
): SchemaFault[] {
  const found = valueAt(context.value, path);
  if (found === undefined) return [missing(path, context)];
  const isMap = typeof found === 'object' && found !== null && !Array.isArray(found);
  const tried = issue.errors.find((errors) =>
    errors.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  );
  if (isMap && tried !== undefined)
    return tried.flatMap((inner) => issueFaults(inner, path, context));
  const near = typeof found === 'string' ? nearestName(found, ['primary']) : null;
  return [
    {
      path,
      at: 'value',
      message: `${describeValue(found)} is not known here`,
      cure:
        near === null
          ? 'write primary, or {remote: CLUSTER} with the name of a primary'
          : `did you mean ${quote(near)}?`,
    },
  ];
}

function outOfBounds(
  path: SpecPath,
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  context: FaultContext,
): SpecFault {
  const found = valueAt(context.value, path);
  if (issue.code === 'too_small' && (issue.origin === 'array' || issue.origin === 'string')) {
    return {
      path,
      at: 'key',
      message: 'is empty',
      cure: issue.origin === 'array' ? 'list at least one' : 'write a name',
    };
  }
  const bound =
    issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  return {
    path,
    at: 'value',
    message: `${describeValue(found)} is out of bounds`,
    cure: `write ${bound}`,
  };
}

const TYPE_NAMES: { [type: string]: string } = {
  string: 'text',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
};

function wrongType(path: SpecPath, expected: string, context: FaultContext): SpecFault {
  const found = valueAt(context.value, path);
  if (found === undefined) return missing(path, context);
  const wanted = TYPE_NAMES[expected] ?? expected;
  const example = exampleAt(context.schema, path);
  if (found === null) {
    const empty = wanted === 'a map' ? ' or write {}' : wanted === 'a list' ? ' or write []' : '';
    return {
      path,
      at: 'key',
      message: `is empty, and ${wanted} is expected`,
      cure: isRequiredAt(context.schema, path)
        ? `fill it in${example === null ? '' : `, e.g. ${example}`}`
        : `remove the key${empty}`,
    };
  }
  const source = context.sourceOf(path);
  if (wanted === 'text' && source !== null) {
    const unit = /^\d+$/.test(source) && path.includes('timeouts');
    return {
      path,
      at: 'value',
      message: `${source} is a ${typeof found}, and text is expected`,
      cure: unit
        ? `write it with its unit, e.g. ${source}s`
        : `quote it: ${JSON.stringify(source)}`,
    };
  }
  return {
    path,
    at: 'value',
    message: `${describeValue(found)} where ${wanted} is expected`,
    cure: example === null ? `write ${wanted}` : `write ${wanted}, e.g. ${example}`,
  };
}

function missing(path: SpecPath, context: FaultContext): SpecFault {
  const example = exampleAt(context.schema, path);
  const key = String(path.at(-1) ?? '');
  return {
    path,
    at: 'key',
    message: MISSING,
    cure: example === null ? `add ${key}:` : `add ${formatSpecPath([key])}: ${example}`,
  };
}
