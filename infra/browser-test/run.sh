#!/usr/bin/env bash
# Fetches what the browser's tests need into .local/browser, builds the product, and runs them.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=infra/browser-test
tools=.local/browser
axe=4.14.1

if ! python3 -B "$here/chromium.py"; then
  echo "skipped: the tests in a browser (no chromium, chromium-browser or google-chrome; CHROMIUM may name one)"
  exit 0
fi
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
  echo "fetching Playwright for Python (40 MB)"
  rm -rf "$tools" && python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet -r "$here/requirements.txt" && cp "$here/requirements.txt" "$tools"
fi
arguments=("$@")
if command -v npm >/dev/null; then
  if [ ! -f "$tools/axe-$axe.min.js" ]; then
    echo "fetching axe-core"
    (cd "$tools" && npm pack --silent "axe-core@$axe" >/dev/null && tar -xzf "axe-core-$axe.tgz" package/axe.min.js \
      && mv package/axe.min.js "axe-$axe.min.js" && rm -r package "axe-core-$axe.tgz")
  fi
  provider=.local/openid-provider
  if ! cmp -s tests/openid-provider/package-lock.json "$provider/installed"; then
    echo "fetching oidc-provider"
    mkdir -p "$provider" && cp tests/openid-provider/package*.json "$provider"
    (cd "$provider" && npm ci --silent --ignore-scripts --no-audit --no-fund && cp package-lock.json installed)
  fi
  cp tests/openid-provider/provider.mjs "$provider"
  arguments+=(--providers "$provider" --axe "$tools/axe-$axe.min.js")
fi
# All of it, as `make dev` builds it: with fewer crates their features would differ, and all would be built again.
cargo build --quiet --workspace --bins
exec "$tools/venv/bin/python" -B "$here" "${arguments[@]}"
