import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { checkDuration } from './text-checks.ts';
import { DURATION_PATTERN } from './duration.ts';
import type { TextFault } from './text-checks.ts';

/** Makes a text field: what it means, an example for the one who left it out, and the check that says what is wrong. */
export function text(
  description: string,
  example: string,
  check: (value: string) => TextFault,
  pattern?: string,
) {
  return z
    .string()
    .superRefine((value, context) => {
      const fault = check(value);
      if (fault !== null)
        context.addIssue({ code: 'custom', message: fault.message, params: { cure: fault.cure } });
    })
    .meta({ description, examples: [example], ...(pattern === undefined ? {} : { pattern }) });
}

/** Makes a field for Istio's own configuration, of which only what contradicts the file is checked. */
export function overlay(description: string) {
  return (
    z
      .record(z.string(), z.unknown())
      // Everything a YAML file holds is JSON: yaml-value.ts refuses what is not.
      .transform((value) => value as JsonObject)
      .prefault({})
      .meta({ description })
  );
}

/** Makes a field for the limit of a wait. */
export function duration(description: string, byDefault: string) {
  return text(description, byDefault, checkDuration, DURATION_PATTERN).default(byDefault);
}
