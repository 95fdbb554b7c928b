#!/usr/bin/env bash
# Istio's own guide "Install Primary-Remote on different networks" as a script: what a careful engineer with istioctl does,
# one terminal, no unneeded pauses. https://istio.io/latest/docs/setup/install/multicluster/primary-remote_multi-network/
#
# Environment: ISTIOCTL KUBECTL KUBECONFIG (contexts cluster1..N), CLUSTERS (N), MESH_ID, OVERLAY (IstioOperator `values` and `meshConfig`
# that the rig needs, as a file), API_SERVERS (space separated, cluster1..N, as seen from the other clusters), WORK (scratch directory).
set -euo pipefail
stamp() { printf '%s %s\n' "$(date +%s.%N)" "$1" >> "$WORK/stamps"; }
k() { "$KUBECTL" --context "cluster$1" "${@:2}"; }
read -r -a api <<< "$API_SERVERS"
network() { echo "network$1"; }

certificates() {
  cd "$WORK"
  openssl ecparam -name prime256v1 -genkey -noout -out root-key.pem
  openssl req -x509 -new -key root-key.pem -sha256 -days 3650 -subj '/O=Istio/CN=Root CA' -out root-cert.pem \
    -addext 'keyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment,keyCertSign' 2>/dev/null
  for n in $(seq "$CLUSTERS"); do
    mkdir -p "c$n"
    openssl ecparam -name prime256v1 -genkey -noout -out "c$n/ca-key.pem"
    openssl req -new -key "c$n/ca-key.pem" -subj "/O=Istio/CN=Intermediate CA/L=cluster$n" -out "c$n/ca.csr" 2>/dev/null
    printf 'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment,keyCertSign\nsubjectAltName=DNS:istiod.istio-system.svc\n' > "c$n/ext"
    openssl x509 -req -in "c$n/ca.csr" -CA root-cert.pem -CAkey root-key.pem -CAcreateserial -days 3650 -sha256 -extfile "c$n/ext" -out "c$n/ca-cert.pem" 2>/dev/null
    cat "c$n/ca-cert.pem" root-cert.pem > "c$n/cert-chain.pem"
    cp root-cert.pem "c$n/root-cert.pem"
    k "$n" create namespace istio-system
    k "$n" label namespace istio-system "topology.istio.io/network=$(network "$n")"
    k "$n" create secret generic cacerts -n istio-system --from-file="c$n/ca-cert.pem" --from-file="c$n/ca-key.pem" \
      --from-file="c$n/root-cert.pem" --from-file="c$n/cert-chain.pem"
  done
}

gateway() {
  cat > "$WORK/gateway$1.yaml" <<IOP
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: { name: eastwest }
spec:
  profile: empty
  components:
    ingressGateways:
      - name: istio-eastwestgateway
        label: { istio: eastwestgateway, app: istio-eastwestgateway, topology.istio.io/network: $(network "$1") }
        enabled: true
        k8s:
          env: [{ name: ISTIO_META_REQUESTED_NETWORK_VIEW, value: $(network "$1") }]
          service:
            ports:
              - { name: status-port, port: 15021, targetPort: 15021 }
              - { name: tls, port: 15443, targetPort: 15443 }
              - { name: tls-istiod, port: 15012, targetPort: 15012 }
              - { name: tls-webhook, port: 15017, targetPort: 15017 }
  values:
    gateways: { istio-ingressgateway: { injectionTemplate: gateway } }
    global: { network: $(network "$1") }
IOP
  "$ISTIOCTL" install -y --context "cluster$1" -f "$WORK/gateway$1.yaml" -f "$OVERLAY"
}

address() {
  local ip=''
  until [ -n "$ip" ]; do
    ip=$(k "$1" -n istio-system get svc istio-eastwestgateway -o jsonpath='{.status.loadBalancer.ingress[0].ip}')
    [ -n "$ip" ] || sleep 0.2
  done
  echo "$ip"
}

certificates; stamp cacerts

cat > "$WORK/cluster1.yaml" <<IOP
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: ${PROFILE:-default}
  values:
    global: { meshID: $MESH_ID, multiCluster: { clusterName: cluster1 }, network: network1, externalIstiod: true }
IOP
"$ISTIOCTL" install -y --context cluster1 -f "$OVERLAY" -f "$WORK/cluster1.yaml"
[ -z "${RESOURCES:-}" ] || k 1 apply -f "$RESOURCES"
stamp primary
gateway 1; stamp primary-gateway
discovery=$(address 1); stamp primary-address
k 1 apply -n istio-system -f "$EXPOSE_ISTIOD" -f "$EXPOSE_SERVICES"; stamp exposed

for n in $(seq 2 "$CLUSTERS"); do
  k "$n" annotate namespace istio-system topology.istio.io/controlPlaneClusters=cluster1
  cat > "$WORK/cluster$n.yaml" <<IOP
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: remote
  values:
    istiodRemote: { injectionPath: /inject/cluster/cluster$n/net/$(network "$n") }
    global: { remotePilotAddress: $discovery }
IOP
  "$ISTIOCTL" install -y --context "cluster$n" -f "$OVERLAY" -f "$WORK/cluster$n.yaml"; stamp "remote$n"
  "$ISTIOCTL" create-remote-secret --context "cluster$n" --name "cluster$n" --server "${api[$((n - 1))]}" | k 1 apply -f -; stamp "remote-secret$n"
  gateway "$n"; stamp "remote-gateway$n"
  address "$n" > /dev/null; stamp "remote-address$n"
done
stamp done
