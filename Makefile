# The same recipes for people and for CI. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help dev test test-long test-journey test-browser passkey-check fuzz fuzz-api screenshots bench check generate fmt lint template audit workflow licences advisories deploy-test build deploy sbom coverage

# The whole workspace decides on features, so that no build differs from another; these binaries are made. Only releases
# leave out the operator's command line, which asks for AWS's clients for signing in, and the tests with what drives the
# benchmarks, which ask tokio for a clock that stands still: no function needs them.
RELEASE = --release --workspace --exclude latchkey-ops --exclude latchkey-tests --exclude latchkey-bench
FUNCTIONS = $(patsubst functions/%,--bin %,$(wildcard functions/*))

help: ## List the recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

dev: ## Run the product on this machine: http://localhost:8000
	@cargo run --bin latchkey-local

test: ## Run every test
	cargo test --workspace

# What finds more the longer it runs. CONTRIBUTING.md says which short form of each CI runs for every change.
test-long: ## What grows with its time: years in the journeys, many cases for each property, both fuzzers, passkey-check
	JOURNEY_DAYS=1000 cargo test --workspace --test journeys months
	PROPTEST_CASES=2560 cargo test --workspace --lib
	PROPTEST_CASES=2560 cargo test --workspace --test security refresh_machine
	$(MAKE) passkey-check
	$(MAKE) fuzz-api
	$(MAKE) fuzz

test-journey: ## Live with an account, from registering to leaving, over the product of `make dev`
	cargo build --workspace --bins
	@python3 -B tests/journeys/over_make_dev

test-browser: ## Use the product with a headless Chromium, where there is one (fetches Playwright and axe-core)
	@infra/browser-test/run.sh

passkey-check: ## Compare how passkeys are verified with two other implementations, on 10,000 ceremonies (CASES, SEED, REPLAY)
	CARGO_TARGET_DIR=target/passkey-check cargo run --quiet --manifest-path infra/passkey-check/Cargo.toml -- \
	  $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED)) $(if $(REPLAY),--replay $(REPLAY))

fuzz-api: ## Ask the product what its OpenAPI document allows and what not, 20,000 times (fetches Schemathesis)
	@infra/fuzz-api/run.sh $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED))

# Minutes for each target.
FUZZ_MINUTES = 10

fuzz: ## Fuzz what reads text of strangers (needs a nightly compiler and `cargo install cargo-fuzz`)
	cp Cargo.lock infra/fuzz/Cargo.lock
	for target in emails tokens events; do mkdir -p target/fuzz/corpus/$$target; \
	  cargo +nightly fuzz run --fuzz-dir infra/fuzz --target-dir target/fuzz --sanitizer none $$target \
	    target/fuzz/corpus/$$target infra/fuzz/seeds/$$target -- -max_len=16384 -timeout=20 \
	    -max_total_time=$$(($(FUZZ_MINUTES) * 60)) || exit 1; done

screenshots: ## The same, and take the pictures in docs/screenshots anew
	@infra/browser-test/run.sh --pictures docs/screenshots

# What cargo-lambda compiles a release for. A ratio to raw Argon2id means something only if both are built alike.
BENCH_BINS = --bin bench-hello --bin bench-hello-dynamodb --bin bench-argon2id
BENCH_FLAGS = -C target-cpu=$(if $(filter x86_64,$(shell uname -m)),haswell,neoverse-n1)

bench: ## Measure what the functions cost and write docs/benchmarks.*; QUICK=1 is short and writes to target/bench
	RUSTFLAGS="$(BENCH_FLAGS)" cargo build $(RELEASE) $(FUNCTIONS) $(BENCH_BINS)
	cargo build --workspace --bin latchkey-bench
	RUSTFLAGS="$(BENCH_FLAGS)" target/debug/latchkey-bench $(if $(QUICK),--quick)

# `make test` runs the suite of the documents as well: where both are run, WITHOUT=documents runs it once.
check: fmt lint generate template workflow licences ## What must hold before a change lands (WITHOUT=documents)

fmt: ## Source is formatted
	cargo fmt --all --check

lint: ## No warning of clippy or rustdoc
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --lib

# What the routers decide, then the environments in the template, then what is made of both.
ROUTERS = cargo build --workspace --bin latchkey-generate && target/debug/latchkey-generate
DOCUMENTS = cargo test --workspace --test documents

generate: ## Write what is derived: docs/generated, the routes and environments of the template; in CI it must already be so
	@$(if $(filter documents,$(WITHOUT)),$(ROUTERS) --check,\
	if [ -n "$$CI" ]; then $(ROUTERS) --check && $(DOCUMENTS); \
	else export UPDATE_GENERATED=1; $(ROUTERS) && $(DOCUMENTS) each_function_gets_the_variables && $(DOCUMENTS); fi)

template: ## The templates are valid (cfn-lint, fetched with pip when it is not there)
	@command -v cfn-lint >/dev/null || [ -x .local/check/bin/cfn-lint ] \
	  || { echo "fetching cfn-lint"; python3 -m venv .local/check && .local/check/bin/pip install --quiet cfn-lint==1.51.0; }
	PATH="$$PATH:$(CURDIR)/.local/check/bin" cfn-lint infra/template.yaml examples/*/template.yaml

audit: ## What checkov thinks of the template; what we answer is in infra/check/checkov.yaml
	@[ -x .local/audit/bin/checkov ] \
	  || { echo "fetching checkov"; python3 -m venv .local/audit && .local/audit/bin/pip install --quiet checkov==3.3.30; }
	.local/audit/bin/checkov --config-file infra/check/checkov.yaml -f infra/template.yaml

workflow: ## The workflows are valid and safe (zizmor and actionlint, fetched with pip when they are not there)
	@command -v zizmor >/dev/null || [ -x .local/check/bin/zizmor ] \
	  || { echo "fetching zizmor"; python3 -m venv .local/check && .local/check/bin/pip install --quiet zizmor==1.32.0; }
	PATH="$$PATH:$(CURDIR)/.local/check/bin" zizmor --offline --persona pedantic --no-progress --quiet .github
	@infra/check/actionlint.sh

licences: ## Licences and banned crates, and the list of what is shipped
	python3 infra/check/dependencies.py
	@echo "advisories not checked: their database needs the network; CI does it, and \`make advisories\`"

advisories: ## Known vulnerabilities, and what is abandoned or withdrawn (needs cargo-deny, fetches RustSec's database)
	cargo deny --locked check advisories

deploy-test: ## Deploy the template to an AWS on this machine and use it (ministack, fetched with pip)
	cargo build --workspace --bins
	@cmp -s infra/deploy-test/requirements.txt .local/deploy-test/requirements.txt \
	  || { echo "fetching ministack and the AWS CLI"; rm -rf .local/deploy-test; python3 -m venv .local/deploy-test/venv \
	  && .local/deploy-test/venv/bin/pip install --quiet -r infra/deploy-test/requirements.txt \
	  && cp infra/deploy-test/requirements.txt .local/deploy-test; }
	@.local/deploy-test/venv/bin/python -B infra/deploy-test

# What the functions call themselves in reports of errors: the commit, with -dirty at its end where files differ from it.
COMMIT = $(shell git describe --always --abbrev=40 --exclude '*' --dirty 2>/dev/null)

build: ## The functions for AWS (arm64, release) in target/lambda, and the operator's command line
	@cargo lambda --version >/dev/null 2>&1 || [ -x .local/build/bin/cargo-lambda ] \
	  || { echo "fetching cargo-lambda with zig (100 MB)"; python3 -m venv .local/build \
	    && .local/build/bin/pip install --quiet cargo-lambda==1.9.2; }
	@if command -v rustup >/dev/null; then rustup target add aarch64-unknown-linux-gnu; fi
	PATH="$(CURDIR)/.local/build/bin:$$PATH" LATCHKEY_COMMIT="$(COMMIT)" \
	  cargo lambda build $(RELEASE) --arm64 $(FUNCTIONS)
	cargo build --workspace --bin latchkey-ops

deploy: ## Deploy to AWS: make deploy STACK=latchkey REGION=eu-central-1 PARAMETERS="MailFrom=no-reply@example.com"
	@infra/deploy.sh

sbom: ## A bill of materials (CycloneDX) per function, in target/sbom
	@.local/check/bin/python -c "import cyclonedx, jsonschema" 2>/dev/null \
	  || { echo "fetching cyclonedx-python-lib"; python3 -m venv .local/check \
	    && .local/check/bin/pip install --quiet 'cyclonedx-python-lib[json-validation]==11.12.0'; }
	.local/check/bin/python infra/check/sbom.py

coverage: ## Line coverage per crate, with a floor; the pages are in target/coverage/html
	python3 infra/check/coverage.py
