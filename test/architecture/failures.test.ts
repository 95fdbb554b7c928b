import { describe, expect, test } from '@jest/globals';
import { FAILURES } from '../../mesh/failure.ts';
import { readText } from './repository.ts';

/** Sections of docs/failures.md by heading. */
function sections(text: string): Map<string, string> {
  const [, ...parts] = text.split(/^## /m);
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', part]));
}

const documented = sections(readText('docs/failures.md'));

describe('docs/failures.md', () => {
  test('has a section for every failure type, and for no other', () => {
    expect([...documented.keys()]).toEqual(Object.keys(FAILURES));
  });

  test.each(Object.entries(FAILURES))(
    '%s: cause, what meshwright does, what you do, and whether it is retried',
    (type, { retried }) => {
      const section = documented.get(type) ?? '';
      for (const part of ['**Cause:**', '**What meshwright does:**', '**What you do:**'])
        expect(section).toContain(part);
      const told = section.split('\n')[1] ?? '';
      expect(told).toMatch(retried ? /^\*Retried/ : /^\*(Blocks|Ends the operation)\.\*$/);
    },
  );
});
