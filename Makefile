# The same recipes for people and for CI. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help dev test check docs fmt lint template licences tools

help: ## List the recipes
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

dev: ## Run the product on this machine: http://localhost:8000
	@cargo run --bin latchkey-local

test: ## Run every test
	cargo test --workspace

check: fmt lint docs template licences ## What must hold before a change lands

fmt: ## Source is formatted
	cargo fmt --all --check

lint: ## No warning of clippy or rustdoc
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

docs: ## Write docs/generated; in CI it must already be so
	@if [ -n "$$CI" ]; then cargo test -p latchkey-tests --test documents; \
	else UPDATE_DOCS=1 cargo test -p latchkey-tests --test documents; fi
