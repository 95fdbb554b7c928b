/** Options of a project with those given by hand, which stand in for the project's own: jest makes a list of an option that comes twice, and no limit of that. */
export function withGivenOptions(own: readonly string[], given: readonly string[]): string[] {
  const nameOf = (word: string): string => word.split('=', 1)[0] ?? '';
  const names = new Set(given.map(nameOf));
  return [...own.filter((word) => !names.has(nameOf(word))), ...given];
}
