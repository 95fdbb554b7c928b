#!/bin/sh
# Makes the namespace as meshwright needs it: histories kept for 90 days, search attributes as in contract/search-attributes.ts
# (a test compares). Safe to run again. Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE as the temporal CLI does.
set -eu

retention=90d

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi

# A namespace is known to all parts of the server only after they have read it anew.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name MeshName --type Keyword \
    --name MeshOperation --type Keyword \
    --name MeshState --type Keyword \
    --name MeshBlockedSteps --type KeywordList \
    --name MeshClusters --type KeywordList; then
    exit 0
  fi
  echo "attempt $attempt of 10 failed; trying again in 2 s" >&2
  sleep 2
done
exit 1
