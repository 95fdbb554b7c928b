/** Writes a change in one line: what is new, and in parentheses what it was; lines that stay are left out. */
export function changeText(
  title: string,
  before: readonly string[],
  after: readonly string[],
): string {
  const added = after.filter((line) => !before.includes(line));
  const gone = before.filter((line) => !after.includes(line));
  const now = added.length > 0 ? added.join(', ') : after.join(', ');
  return `${title} ${now === '' ? 'nothing' : now}${gone.length === 0 ? '' : ` (was ${gone.join(', ')})`}`;
}
