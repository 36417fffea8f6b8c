#!/usr/bin/env bash
# Fetches Schemathesis into .local/fuzz-api, builds the product, and asks it what no client would.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=infra/fuzz-api
tools=.local/fuzz-api

if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
  echo "fetching Schemathesis"
  rm -rf "$tools" && python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet -r "$here/requirements.txt" && cp "$here/requirements.txt" "$tools"
fi
# All of it, as `make dev` builds it: with fewer crates their features would differ, and all would be built again.
cargo build --quiet --workspace --bins
exec "$tools/venv/bin/python" -B "$here" "$@"
