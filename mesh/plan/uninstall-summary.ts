import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterSurvey } from './cluster-survey.ts';
import type { Member } from './member.ts';
import { topologyOf } from './topology.ts';
import type { UninstallOptions } from './uninstall-options.ts';

/** Writes what a person should know before a mesh is uninstalled: each cluster and what happens to it, one line each. */
export function uninstallSummary(
  spec: MeshSpec,
  surveys: readonly ClusterSurvey[],
  leavers: readonly Member[],
  links: readonly string[],
  options: UninstallOptions,
): string[] {
  const { crds, forget, leaveAfterMs } = options;
  const surveyOf = new Map(surveys.map((survey) => [survey.cluster, survey]));
  const patience = `tried for ${Math.ceil(leaveAfterMs / 1000)} s, then left behind for the next uninstall`;
  return [
    `uninstall of mesh ${spec.name} · ${topologyOf(spec).name} · ${count(spec.clusters.length, 'cluster')} · Istio ${spec.istio.version}`,
    ...spec.clusters.map((cluster) => {
      const { name, controlPlane } = cluster;
      const role = controlPlane.kind === 'remote' ? `remote of ${controlPlane.primary}` : 'primary';
      return `${name} · ${role} · ${fate(surveyOf.get(name), patience)}`;
    }),
    ...leavers.map(({ name }) => `${name} · is not in the file, was in the mesh · ${EVERYTHING}`),
    ...forget.map((name) => `${name} · forgotten, nothing is removed in it`),
    crds
      ? 'definitions · removed where no object of their kinds is left'
      : 'definitions · kept, --crds removes those of which no object is left',
    trustLine(spec, surveys),
    ...links.map((link) => `still linked · ${link}`),
  ];
}

const EVERYTHING = 'everything of the mesh in it is removed';

function fate(survey: ClusterSurvey | undefined, patience: string): string {
  if (survey === undefined) return 'forgotten';
  if (survey.noAccess === true)
    return `no access: ${survey.unreachable} · its removal waits until somebody has repaired that`;
  if (survey.unreachable !== null) return `cannot be reached: ${survey.unreachable} · ${patience}`;
  if (!survey.present) return 'nothing of the mesh is in it';
  const pods = `${count(survey.sidecars, 'pod')} with a sidecar to be restarted afterwards`;
  return survey.sidecars === 0 ? EVERYTHING : `${EVERYTHING} · ${pods}`;
}

function trustLine({ trust, istio }: MeshSpec, surveys: readonly ClusterSurvey[]): string {
  const homes = surveys.filter(({ holdsRoot }) => holdsRoot).map(({ cluster }) => cluster);
  if (homes.length > 0)
    return `trust · the key of the root in ${homes.join(', ')} (namespace ${istio.namespace}) is removed last of all`;
  return trust.source === 'existing'
    ? 'trust · cacerts that you brought are kept'
    : 'trust · the key of the root stays on the worker';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
