import { parseMeshFile } from '../../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../../mesh/spec/spec-problem.ts';

/** A valid file; every case changes one thing in it. */
export const VALID_MESH_FILE = `apiVersion: meshwright.dev/v1alpha1
kind: Mesh
metadata:
  name: mesh1
spec:
  meshID: mesh1
  trustDomain: cluster.local
  istio:
    version: "1.30.4"
    revision: canary
    values: {}
    meshConfig: {}
    resources: []
  trust: {source: generated}
  networks:
    network1: {gateways: discovered}
    network2: {gateways: discovered}
  clusters:
    - name: cluster1
      context: kind-cluster1
      network: network1
      controlPlane: primary
    - name: cluster2
      context: kind-cluster2
      apiServer: https://172.18.0.3:6443
      network: network2
      controlPlane: {remote: cluster1}
      values: {}
  timeouts: {gatewayAddress: 10m}
  verify: {image: "busybox:1.37", requests: 20}
`;

/** What is changed, and the whole of what is said: `line:column  field: what; cure`. */
export type RefusedChange = { fact: string; from: string; to: string; says: string[] };

/** Makes a case: what `to` in place of `from` leads to. */
export function refused(fact: string, from: string, to: string, ...says: string[]): RefusedChange {
  return { fact, from, to, says };
}

/** Everything that is said about a text as `mesh.yaml`; empty when it is valid. */
export function problemsIn(text: string): string[] {
  const parsed = parseMeshFile(text, 'mesh.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatSpecProblem);
}

/** What is said about the valid file with a change made, without the file's name. */
export function problemsAfter({ from, to }: RefusedChange): string[] {
  if (!VALID_MESH_FILE.includes(from)) throw new Error(`the valid file does not hold ${from}`);
  return problemsIn(VALID_MESH_FILE.replace(from, () => to)).map((line) =>
    line.replace(/^mesh\.yaml:/, ''),
  );
}
