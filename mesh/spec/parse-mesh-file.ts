import { canonicalJson } from '../canonical-json.ts';
import { CLUSTER_RULES } from './cluster-rules.ts';
import { draftMesh } from './draft-mesh.ts';
import type { SpecRule } from './draft-mesh.ts';
import { EXPORT_RULES } from './export-rules.ts';
import { meshFileSchema } from './mesh-file-schema.ts';
import { meshSpecOfFile } from './mesh-spec-of-file.ts';
import type { MeshSpec } from './mesh-spec.ts';
import { OVERLAY_RULES } from './overlay-rules.ts';
import { RESOURCE_RULES } from './resource-rules.ts';
import { schemaFaults } from './schema-faults.ts';
import { formatSpecPath } from './spec-problem.ts';
import type { SpecFault, SpecProblem } from './spec-problem.ts';
import { TOPOLOGY_RULES } from './topology-rules.ts';
import { readYaml } from './yaml-document.ts';
import type { YamlDocument } from './yaml-document.ts';
import type { YamlFault } from './yaml-node.ts';

/** Largest mesh file, in characters; a file of 200 clusters has about 40,000. */
export const MESH_FILE_LIMIT = 1_048_576;

/** Most problems told at once: a person reads no more, and a file of garbage has tens of thousands. */
const PROBLEM_LIMIT = 200;

const RULES: readonly SpecRule[] = [
  ...CLUSTER_RULES,
  ...TOPOLOGY_RULES,
  ...EXPORT_RULES,
  ...OVERLAY_RULES,
  ...RESOURCE_RULES,
];

/** A mesh file as read: the spec, or what is wrong with the file, in the order of the file. */
export type ParsedMeshFile =
  | {
      ok: true;
      /** The mesh with every default filled in. */
      spec: MeshSpec;
      /** Canonical JSON of the spec; its SHA-256 is the spec's digest. */
      digestSource: string;
    }
  | { ok: false; problems: SpecProblem[] };

/**
 * Reads the text of a mesh file. Finds all problems at once (200 at most): those of the YAML, of each field, and between fields.
 * `fileName` is only shown. Never throws for what a text may hold.
 */
export function parseMeshFile(text: string, fileName: string): ParsedMeshFile {
  if (text.length > MESH_FILE_LIMIT) {
    const message = `the file has ${text.length} characters and a mesh file has ${MESH_FILE_LIMIT} at most`;
    return {
      ok: false,
      problems: [wholeFile(fileName, message, 'shorten overlays and resources')],
    };
  }
  const yaml = readYaml(text);
  if (yaml.value === undefined && yaml.faults.length === 0) {
    return {
      ok: false,
      problems: [
        wholeFile(fileName, 'the file is empty', 'start from one of the files in examples/'),
      ],
    };
  }
  const checked = meshFileSchema.safeParse(yaml.value);
  const faults = checked.success
    ? []
    : schemaFaults(checked.error.issues, {
        schema: meshFileSchema,
        value: yaml.value,
        sourceOf: yaml.sourceOf,
      });
  const draft = draftMesh(yaml.value);
  faults.push(...RULES.flatMap((rule) => rule.faults(draft)));
  const located = trustworthy(yaml, faults);
  if (located.length > 0 || !checked.success)
    return { ok: false, problems: problemsOf(fileName, yaml, located) };
  const spec = meshSpecOfFile(checked.data);
  return { ok: true, spec, digestSource: canonicalJson(spec) };
}

/**
 * Places the faults, and leaves out echoes: what is said about a scalar whose very reading is doubtful, and everything
 * that a torn structure makes uncertain.
 */
function trustworthy(yaml: YamlDocument, faults: readonly SpecFault[]): YamlFault[] {
  const doubted = new Set(
    yaml.faults.filter((fault) => fault.path.length > 0).map((fault) => formatSpecPath(fault.path)),
  );
  const { tornAt } = yaml;
  const placed = faults
    .map(({ path, at, message, cure }) => ({
      offset: yaml.offsetOf(path, at),
      path,
      message,
      cure,
    }))
    .filter(({ offset, path, message }) => {
      if (doubted.has(formatSpecPath(path))) return false;
      return tornAt === null || (offset < tornAt && message === 'unknown key');
    });
  return [...yaml.faults, ...placed];
}

function problemsOf(file: string, yaml: YamlDocument, faults: readonly YamlFault[]): SpecProblem[] {
  const sorted = [...faults].sort((a, b) => a.offset - b.offset);
  const problems = sorted.slice(0, PROBLEM_LIMIT).map(({ offset, path, message, cure }) => ({
    file,
    ...yaml.positionOf(offset),
    path: formatSpecPath(path),
    message,
    cure,
  }));
  const left = sorted[PROBLEM_LIMIT];
  if (left === undefined) return problems;
  const message = `${sorted.length - PROBLEM_LIMIT} more problems from here on`;
  return [
    ...problems,
    { file, ...yaml.positionOf(left.offset), path: '', message, cure: 'cure those above first' },
  ];
}

function wholeFile(file: string, message: string, cure: string): SpecProblem {
  return { file, line: 1, column: 1, path: '', message, cure };
}
