import { describe, expect, test } from '@jest/globals';
import {
  VALID_MESH_FILE,
  problemsAfter,
  problemsIn,
  refused,
} from '../../../support/refused-mesh-file.ts';
import type { RefusedChange } from '../../../support/refused-mesh-file.ts';

const FOLLOWS =
  'cannot be set here: it follows from controlPlane; remove it; clusters[].controlPlane says who is served by whom';
const values = (text: string): [string, string] => [
  'values: {}\n    meshConfig',
  `values: ${text}\n    meshConfig`,
];
const resource = (text: string): [string, string] => [
  'resources: []',
  `resources:\n      - ${text}`,
];
const remoteCluster = 'controlPlane: {remote: cluster1}';

const CASES: RefusedChange[] = [
  // Between clusters
  refused(
    'two clusters of one name',
    'name: cluster2',
    'name: cluster1',
    '23:13  clusters[1].name: "cluster1" is the name of clusters[0] too; give every cluster a name of its own',
    '27:30  clusters[1].controlPlane.remote: a cluster cannot be the remote of itself; name a primary: cluster1',
  ),
  refused(
    'two clusters with one context',
    'context: kind-cluster2',
    'context: kind-cluster1',
    '24:16  clusters[1].context: context "kind-cluster1" is that of clusters[0] too; name the context of this cluster: two members of a mesh are two clusters',
  ),
  refused(
    'a context that is another cluster’s by default',
    'context: kind-cluster1\n      network: network1\n      controlPlane: primary\n    - name: cluster2\n      context: kind-cluster2',
    'network: network1\n      controlPlane: primary\n    - name: cluster2\n      context: cluster1',
    '23:16  clusters[1].context: context "cluster1" is that of clusters[0] too; name the context of this cluster: two members of a mesh are two clusters',
  ),
  refused(
    'two clusters with one API server',
    'context: kind-cluster1',
    'apiServer: https://172.18.0.3:6443/',
    '25:18  clusters[1].apiServer: "https://172.18.0.3:6443" is the API server of clusters[0] too; write the address of this cluster’s API server',
  ),
  refused(
    'a network that is not there',
    'network: network2',
    'network: netwrk2',
    '17:5  networks.network2: no cluster is on this network; remove it, or name it as the network of a cluster',
    '26:16  clusters[1].network: there is no network "netwrk2" in networks; did you mean "network2"?',
  ),
  refused(
    'a network without clusters',
    'network2: {gateways: discovered}',
    'network2: {}\n    net3:',
    '18:5  networks.net3: no cluster is on this network; remove it, or name it as the network of a cluster',
  ),
  refused(
    'a home that is not there',
    'trust: {source: generated}',
    'trust: {home: cluster3}',
    '14:17  trust.home: there is no cluster "cluster3" in clusters; did you mean "cluster1"?',
  ),
  refused(
    'a home for a root that is brought along',
    'source: generated',
    'source: existing, home: cluster1',
    '14:29  trust.home: with trust.source existing meshwright keeps no key; remove home',
  ),

  // Topologies
  refused(
    'a mesh without a primary',
    'controlPlane: primary',
    'controlPlane: {remote: cluster2}',
    '18:3  clusters: no cluster runs a control plane; write controlPlane: primary for one of them',
    '22:30  clusters[0].controlPlane.remote: "cluster2" is a remote itself, of "cluster1", and has no control plane to attach to (Istio, Deployment models: control plane models); name a primary',
    '27:30  clusters[1].controlPlane.remote: "cluster1" is a remote itself, of "cluster2", and has no control plane to attach to (Istio, Deployment models: control plane models); name a primary',
  ),
  refused(
    'a remote of nobody',
    remoteCluster,
    'controlPlane: {remote: west}',
    '27:30  clusters[1].controlPlane.remote: there is no cluster "west" in clusters; name a primary of this file',
  ),
  refused(
    'a remote of a misspelt cluster',
    remoteCluster,
    'controlPlane: {remote: clutser1}',
    '27:30  clusters[1].controlPlane.remote: there is no cluster "clutser1" in clusters; did you mean "cluster1"?',
  ),
  refused(
    'a remote of itself',
    remoteCluster,
    'controlPlane: {remote: cluster2}',
    '27:30  clusters[1].controlPlane.remote: a cluster cannot be the remote of itself; name a primary: cluster1',
  ),
  refused(
    'a remote of a remote',
    '  timeouts',
    '    - {name: c3, network: network2, controlPlane: {remote: cluster2}}\n  timeouts',
    '29:60  clusters[2].controlPlane.remote: "cluster2" is a remote itself, of "cluster1", and has no control plane to attach to (Istio, Deployment models: control plane models); name a primary: cluster1',
  ),
  refused(
    'a remote that looks for pods of another network',
    remoteCluster,
    'controlPlane: {remote: cluster1, discovery: podIP}',
    '27:51  clusters[1].controlPlane.discovery: "podIP" needs one network, and "cluster1" is on "network1", not on "network2": its pods cannot be reached from here; use discovery: gateway or loadBalancer (Istio\'s guide "Install Primary-Remote on different networks")',
  ),
  refused(
    'two gateways of one role',
    remoteCluster,
    `${remoteCluster}\n      gateways: [ingress, egress, ingress]`,
    '28:35  clusters[1].gateways[2]: "ingress" is listed before; name it once',
  ),
  refused(
    'stub Services without control planes that know what they stand for',
    '  istio:',
    '  topology: replicated\n  nameResolution: stubServices\n  istio:',
    '9:19  nameResolution: "stubServices" leads nowhere in a replicated mesh: no control plane knows the endpoints of other clusters; leave it out; what exports lists is called by its .global name',
    '29:21  clusters[1].controlPlane: a replicated mesh has no remotes: its control planes know their own cluster only; write controlPlane: primary, or leave out topology (Istio, Deployment models: multiple meshes and mesh federation)',
  ),
  // Overlays that contradict the file
  refused(
    'global.meshID in values',
    ...values('{global: {meshID: x}}'),
    '11:23  istio.values.global.meshID: cannot be set here: it is spec.meshID; use spec.meshID',
  ),
  refused(
    'global.network in values',
    ...values('{global: {network: x}}'),
    '11:23  istio.values.global.network: cannot be set here: it is the network of the cluster; use clusters[].network',
  ),
  refused(
    'the cluster’s name in values',
    ...values('{global: {multiCluster: {clusterName: x}}}'),
    '11:38  istio.values.global.multiCluster.clusterName: cannot be set here: it is the name of the cluster; use clusters[].name',
  ),
  refused(
    'global.meshNetworks in values',
    ...values('{global: {meshNetworks: {}}}'),
    '11:23  istio.values.global.meshNetworks: cannot be set here: it is made from networks; use networks: {NAME: {gateways: meshNetworks}}',
  ),
  refused(
    'global.istioNamespace in values',
    ...values('{global: {istioNamespace: x}}'),
    '11:23  istio.values.global.istioNamespace: cannot be set here: it is the system namespace; use istio.namespace',
  ),
  refused(
    'istiodRemote in values',
    ...values('{istiodRemote: {injectionPath: /x}}'),
    `11:14  istio.values.istiodRemote: ${FOLLOWS}`,
  ),
  refused(
    'global.remotePilotAddress in values of a cluster',
    '      values: {}\n  timeouts',
    '      values: {global: {remotePilotAddress: 1.2.3.4}}\n  timeouts',
    `28:25  clusters[1].values.global.remotePilotAddress: ${FOLLOWS}`,
  ),
  refused(
    'global.externalIstiod in values',
    ...values('{global: {externalIstiod: true}}'),
    `11:23  istio.values.global.externalIstiod: ${FOLLOWS}`,
  ),
  refused(
    'EXTERNAL_ISTIOD in values',
    ...values('{pilot: {env: {EXTERNAL_ISTIOD: "true"}}}'),
    `11:28  istio.values.pilot.env.EXTERNAL_ISTIOD: ${FOLLOWS}`,
  ),
  refused(
    'a revision in values',
    ...values('{revision: x}'),
    '11:14  istio.values.revision: cannot be set here: it is the revision of the mesh; use istio.revision',
  ),
  refused(
    'a registry in values',
    ...values('{global: {hub: x}}'),
    '11:23  istio.values.global.hub: cannot be set here: it is the image registry; use istio.hub',
  ),
  refused(
    'a registry in values of a cluster beside istio.hub',
    VALID_MESH_FILE.slice(
      VALID_MESH_FILE.indexOf('    revision'),
      VALID_MESH_FILE.indexOf('  timeouts'),
    ),
    VALID_MESH_FILE.slice(
      VALID_MESH_FILE.indexOf('    revision'),
      VALID_MESH_FILE.indexOf('  timeouts'),
    )
      .replace('revision: canary', 'hub: a.example')
      .replace('      values: {}', '      values: {global: {hub: b.example}}'),
    '28:25  clusters[1].values.global.hub: cannot be set here: it loses against istio.hub; remove istio.hub and set it in the values of every cluster, or remove it here',
  ),
  refused(
    'meshConfig in values',
    ...values('{meshConfig: {}}'),
    '11:14  istio.values.meshConfig: cannot be set here: it is the mesh configuration; use meshConfig beside values',
  ),
  refused(
    'a trust domain in meshConfig',
    'meshConfig: {}',
    'meshConfig: {trustDomain: x}',
    '12:18  istio.meshConfig.trustDomain: cannot be set here: it is spec.trustDomain; use spec.trustDomain',
  ),
  refused(
    'DNS capture in meshConfig',
    'meshConfig: {}',
    'meshConfig: {defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}}}',
    '12:50  istio.meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE: cannot be set here: it follows from nameResolution; use spec.nameResolution: dnsCapture',
  ),
  refused(
    'a discovery address in meshConfig',
    'meshConfig: {}',
    'meshConfig: {defaultConfig: {discoveryAddress: x}}',
    `12:34  istio.meshConfig.defaultConfig.discoveryAddress: ${FOLLOWS}`,
  ),

  // Resources
  refused(
    'a resource that is not Istio’s',
    ...resource('{apiVersion: v1, kind: Secret, metadata: {name: a}}'),
    '14:22  istio.resources[0].apiVersion: "v1" is not a group and version of Istio\'s configuration; use one of extensions.istio.io/v1, networking.istio.io/v1, security.istio.io/v1, telemetry.istio.io/v1; apply other objects by your own means',
  ),
  refused(
    'an IstioOperator as a resource',
    ...resource(
      '{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: a}}',
    ),
    '14:22  istio.resources[0].apiVersion: "install.istio.io/v1alpha1" is not a group and version of Istio\'s configuration; use one of extensions.istio.io/v1, networking.istio.io/v1, security.istio.io/v1, telemetry.istio.io/v1; apply other objects by your own means',
  ),
  refused(
    'a resource of an unknown kind',
    ...resource('{apiVersion: networking.istio.io/v1, kind: Destinationrule, metadata: {name: a}}'),
    '14:52  istio.resources[0].kind: "Destinationrule" is not a namespaced kind of networking.istio.io; did you mean "DestinationRule"?',
  ),
  refused(
    'a resource in another namespace',
    ...resource(
      '{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: a, namespace: foo}}',
    ),
    '14:101  istio.resources[0].metadata.namespace: "foo" is not the system namespace; remove it, or write istio-system: objects of other namespaces belong to their applications',
  ),
  refused(
    'a resource with fields the server sets',
    ...resource(
      '{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: a, resourceVersion: "1"}}',
    ),
    '14:90  istio.resources[0].metadata.resourceVersion: unknown key; remove it; the keys here are name, namespace, labels, annotations',
  ),
  refused(
    'a resource without a name',
    ...resource('{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {}}'),
    '14:70  istio.resources[0].metadata.name: is missing; add name: default',
  ),
  refused(
    'a resource whose name is none',
    ...resource(
      '{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: A_b}}',
    ),
    '14:87  istio.resources[0].metadata.name: "A_b" is not the name of an object; use lower-case letters, digits, "-" and "."',
  ),
  refused(
    'a resource that meshwright makes',
    ...resource(
      '{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: cross-network-gateway}}',
    ),
    '14:78  istio.resources[0].metadata.name: Gateway cross-network-gateway is made by meshwright; give the object another name',
  ),
  refused(
    'a resource that is there twice',
    ...resource(
      '&r {apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: a}}\n      - *r',
    ),
    '14:81  istio.resources[1].metadata.name: Gateway a is istio.resources[0] already; keep one of the two',
  ),
];

describe('a mesh file is refused for what does not fit together:', () => {
  test.each(CASES)('$fact', (change) => {
    expect(problemsAfter(change)).toEqual(change.says);
  });
});

describe('the longest revision', () => {
  const LEADS = { from: 'remote: cluster1', to: 'remote: cluster1, discovery: loadBalancer' };
  const INJECTS = { from: 'remote: cluster1', to: 'remote: cluster1, injector: local' };

  function saidOf(length: number, { from, to }: { from: string; to: string }): string[] {
    return problemsIn(
      VALID_MESH_FILE.replace('canary', 'r'.repeat(length)).replace(from, () => to),
    );
  }

  test('has 56 characters', () => {
    expect(saidOf(56, { from: '', to: '' })).toEqual([]);
  });

  test('has 52 where a load balancer leads a remote to istiod', () => {
    expect(saidOf(52, LEADS)).toEqual([]);
    expect(saidOf(53, LEADS)).toEqual([
      'mesh.yaml:10:15  istio.revision: the revision has 53 characters, and discovery: loadBalancer of clusters[1] needs a Service istiod-elb-<revision>; use 52 at most',
    ]);
  });

  test('has 49 where a remote injects for itself', () => {
    expect(saidOf(49, INJECTS)).toEqual([]);
    expect(saidOf(50, INJECTS)).toEqual([
      'mesh.yaml:10:15  istio.revision: the revision has 50 characters, and injector: local of clusters[1] needs a Service istiod-<revision>-remote; use 49 at most',
    ]);
  });

  test('is told once', () => {
    expect(saidOf(57, INJECTS)).toEqual([
      'mesh.yaml:10:15  istio.revision: the revision has 57 characters; use 56 at most: istiod-<revision> is the name of a Service',
    ]);
  });
});
