import { MeshFailure } from '../failure.ts';
import type { ClusterSurvey } from './cluster-survey.ts';

/** Most links that a failure lists. */
const LINES = 10;

/** What somebody else has linked to a mesh, one line each; what clusters that have left the file explain is none. */
export function foreignLinks(
  surveys: readonly ClusterSurvey[],
  explained: ReadonlySet<string>,
): string[] {
  return surveys.flatMap(({ cluster, links }) =>
    links
      .filter((link) => link.cluster === null || !explained.has(link.cluster))
      .map((link) => `${link.object} of ${cluster} ${link.does}`),
  );
}

/**
 * Refuses, before anything is removed, to take a mesh from under those who still use it.
 * @throws {MeshFailure} StillLinked with every object that links somebody to the mesh
 */
export function refuseLinked(mesh: string, links: readonly string[]): void {
  const [first] = links;
  if (first === undefined) return;
  const more = links.length === 1 ? '' : `, and ${links.length - 1} more`;
  throw new MeshFailure('StillLinked', `mesh ${mesh} is still used from outside: ${first}${more}`, {
    cure: `take away what links them, or uninstall regardless: meshwright uninstall ${mesh} --force`,
    lines:
      links.length > LINES
        ? [...links.slice(0, LINES - 1), `and ${links.length - LINES + 1} more`]
        : [...links],
  });
}
