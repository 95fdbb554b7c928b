/** Where in the file's structure something is, e.g. `['spec', 'clusters', 1, 'context']`. */
export type SpecPath = readonly (string | number)[];

/** One thing wrong with a mesh file: where, what and how to cure it. */
export type SpecProblem = {
  /** File as the caller named it, e.g. `mesh.yaml`. */
  file: string;
  /** Line, from 1. */
  line: number;
  /** Column, from 1, in UTF-16 code units. */
  column: number;
  /** Field without the leading `spec.`, e.g. `clusters[1].context`; empty when the file as a whole is meant. */
  path: string;
  /** What is wrong, with the wrong value; lower case, no full stop. */
  message: string;
  /** What to do about it. */
  cure: string;
};

/** What a check found, before its place in the file is known. */
export type SpecFault = {
  /** Field that is wrong. */
  path: SpecPath;
  /** Whether the key itself is wrong rather than its value; decides which of the two the position names. */
  at: 'key' | 'value';
  /** What is wrong. */
  message: string;
  /** What to do about it. */
  cure: string;
};

/** Writes a problem as one line, e.g. `mesh.yaml:12:9  clusters[1].contxt: unknown key; did you mean "context"?`. */
export function formatSpecProblem(problem: SpecProblem): string {
  const { file, line, column, path, message, cure } = problem;
  return `${file}:${line}:${column}  ${path === '' ? '' : `${path}: `}${message}; ${cure}`;
}

/** Writes a path as people do: `clusters[1].context`, the leading `spec` left out. */
export function formatSpecPath(path: SpecPath): string {
  const shown = path[0] === 'spec' && path.length > 1 ? path.slice(1) : path;
  return shown
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const plain = /^[A-Za-z_][\w-]*$/.test(part) ? part : JSON.stringify(part);
      return index === 0 ? plain : `.${plain}`;
    })
    .join('');
}
