# The same recipes for people and for CI. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help dev test bench check docs fmt lint template licences

help: ## List the recipes
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

dev: ## Run the product on this machine: http://localhost:8000
	@cargo run --bin latchkey-local

test: ## Run every test
	cargo test --workspace

# What cargo-lambda compiles a release for. A ratio to raw Argon2id means something only if both are built alike.
BENCH_FLAGS = -C target-cpu=$(if $(filter x86_64,$(shell uname -m)),haswell,neoverse-n1)

bench: ## Measure what the functions cost and write docs/benchmarks.*; QUICK=1 is short and writes to target/bench
	RUSTFLAGS="$(BENCH_FLAGS)" cargo build --release --workspace --bins
	RUSTFLAGS="$(BENCH_FLAGS)" target/release/latchkey-bench $(if $(QUICK),--quick)

check: fmt lint docs template licences ## What must hold before a change lands

fmt: ## Source is formatted
	cargo fmt --all --check

lint: ## No warning of clippy or rustdoc
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

docs: ## Write docs/generated; in CI it must already be so
	@if [ -n "$$CI" ]; then cargo test -p latchkey-tests --test documents; \
	else UPDATE_DOCS=1 cargo test -p latchkey-tests --test documents; fi

template: ## The template is valid (cfn-lint, fetched with pip when it is not there)
	@command -v cfn-lint >/dev/null || [ -x .local/check/bin/cfn-lint ] \
	  || { echo "fetching cfn-lint"; python3 -m venv .local/check && .local/check/bin/pip install --quiet cfn-lint==1.51.0; }
	PATH="$$PATH:$(CURDIR)/.local/check/bin" cfn-lint infra/template.yaml

licences: ## Licences and banned crates; advisories where cargo-deny is installed
	python3 infra/check/dependencies.py
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check advisories; \
	else echo "advisories not checked: cargo-deny is not installed, and its database needs the network"; fi
