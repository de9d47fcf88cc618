# Relais. `make` alone lists what there is. Needed: Rust (the version is rust-version in Cargo.toml) and Python 3.10 or newer.

.DEFAULT_GOAL := help
.PHONY: help demo up down build test test-rust test-python test-e2e check check-rust check-template package bench bench-reconcile soak catch-up soak-mutations fuzz clean

PYTHON  ?= python3
VENV    := target/venv
LOCAL   := $(VENV)/bin/python -m infra.local
ARCH    ?= arm64
PROFILE ?= release

# What `make demo` and `make up` understand, e.g. make demo INVOICES=50 SEED=7
export INVOICES DOCUMENTS SEED FAULTS JOURNAL PORT PORTAL_PORT

FUNCTIONS := -p relais-poll -p relais-archive -p relais-push-status -p relais-reconcile -p relais-probe

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  demo and up take INVOICES=200 DOCUMENTS=folder SEED=1 FAULTS=file.json JOURNAL=file.jsonl PORT= PORTAL_PORT="

demo: build $(VENV)/.cloud ## The whole way on this laptop: portal, archive, ERP and back, checked; nothing stays running
	@$(LOCAL) demo

up: build $(VENV)/.cloud ## The same cloud, to try things on: stays until `make down`
	@$(LOCAL) up

down: ## Stop what `make up` (or a demo that was cut off) left running
	@if [ -x $(VENV)/bin/python ]; then $(LOCAL) down; else echo "Nothing is running."; fi

build: ## Compile the functions, the relais command and the portal's stand-in for this machine
	@command -v cargo >/dev/null 2>&1 || { echo "Rust is needed for this and cargo was not found: see https://rustup.rs" >&2; exit 1; }
	@cargo build --locked $(FUNCTIONS) -p relais-cli -p chorus-pro-sim

test: test-rust test-python test-e2e ## All tests: Rust, Python, and end to end on a cloud that they start and stop

test-rust:
	@if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --locked --workspace && cargo test --locked --workspace --doc; \
	else cargo test --locked --workspace; fi

test-python: build $(VENV)/.check
	@$(VENV)/bin/python -m unittest discover -s infra/tests -t . -p 'test_*.py'

test-e2e: build $(VENV)/.cloud
	@$(LOCAL) with-cloud -- $(CURDIR)/$(VENV)/bin/python -m tests.e2e

check: check-rust check-template ## The gate: format, lints, documentation, template

check-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

check-template: $(VENV)/.check
	$(VENV)/bin/python -m unittest infra.tests.test_template infra.tests.test_package

package: $(VENV)/.cloud ## Zips for AWS in target/package (ARCH=arm64, or x86_64)
	@$(LOCAL) package --architecture $(ARCH) --profile $(PROFILE)

bench: $(VENV)/.bench ## Memory and speed: a download beside naive Rust and Python, then reading; minutes to build
	@RELAIS_BENCH_PYTHON=$(CURDIR)/$(VENV)/bin/python cargo bench --locked -p archive --bench chain
	@cargo run --locked --quiet --profile bench -p invoice --example read_time

bench-reconcile: ## Time, memory and calls of a night's proof of 100 000 invoices; minutes to build
	@cargo bench --locked -p relais-reconcile --bench hundred-thousand

SOAK ?= --seeds 20
soak: ## A month of trouble for portal, Relais and ERP in one process, seed after seed; SOAK="--seeds 1 --invoices 500 --days 7"
	@cargo run --locked --quiet --profile bench -p soak --bin soak -- $(SOAK)

CATCH_UP ?=
catch-up: ## What follows outages of 1, 31 and 100 days, measured; CATCH_UP="--first-installation 100000"
	@cargo run --locked --quiet --profile bench -p soak --bin catch_up -- $(CATCH_UP)

MUTATIONS ?=
soak-mutations: ## Put each guarantee out of order in a copy of the tree: a short soak must notice; minutes for each
	@sh tests/soak/mutations/run.sh $(MUTATIONS)

SECONDS ?= 60
FUZZ := json_base64 pivot_attachments zip_member read_pivot read_ubl read_cii read_pdf
fuzz: ## Fuzz each target for SECONDS=60 (needs `cargo install cargo-fuzz`)
	@cargo fuzz --version >/dev/null 2>&1 || { echo "cargo-fuzz is needed for this: cargo install cargo-fuzz" >&2; exit 1; }
	@for target in $(FUZZ); do \
	  seeds=fuzz/seeds/$$target; [ -d $$seeds ] || seeds=shared/invoice/tests/fixtures; \
	  mkdir -p target/fuzz/corpus/$$target; \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --target-dir target/fuzz/build $$target target/fuzz/corpus/$$target $$seeds -- \
	    -max_total_time=$(SECONDS) -timeout=20 -malloc_limit_mb=512 || exit 1; \
	done

clean: down ## Remove everything that was built
	@rm -rf target

# The virtual environments' contents are pinned with hashes; a stamp is older than its list only after a change.
$(VENV)/.cloud: infra/local/requirements.txt infra/local/venv.sh
	@PYTHON="$(PYTHON)" sh infra/local/venv.sh $(VENV) $@ infra/local/requirements.txt

$(VENV)/.bench: infra/local/bench.txt $(VENV)/.cloud
	@PYTHON="$(PYTHON)" sh infra/local/venv.sh $(VENV) $@ infra/local/requirements.txt infra/local/bench.txt

$(VENV)/.check: infra/tests/requirements.txt $(VENV)/.cloud
	@PYTHON="$(PYTHON)" sh infra/local/venv.sh $(VENV) $@ infra/local/requirements.txt infra/tests/requirements.txt
