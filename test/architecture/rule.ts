import type { SourceFile } from './source-file.ts';

/** A rule of the house that a machine checks. */
export type Rule = {
  /** Number in CONTRIBUTING.md. */
  id: `R${number}`;
  /** What holds, as a fact. */
  says: string;
  /** Every place that breaks it, as `path:line what`. */
  broken(files: readonly SourceFile[]): string[];
  /** Files that break it when they are added: the rule must see each. */
  planted: { path: string; text: string }[];
};

/** Files of a folder of the root. */
export function inFolder(files: readonly SourceFile[], ...folders: string[]): SourceFile[] {
  return files.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));
}

/** Folders whose code ships. */
export const PRODUCT = [
  'mesh',
  'contract',
  'codec',
  'workflows',
  'activities',
  'worker',
  'client',
  'sandbox',
  'bin',
];
