# `make` builds the Ansible modules into library/. `make help` lists the other targets.

.DEFAULT_GOAL := all

# Absolute, for commands that make runs in another folder.
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR

.PHONY: all
all: ## Build every module with its documentation into library/
	scripts/build

# With a lower priority: in parallel builds, the modules take longer.
.PHONY: simulator
simulator:
	nice cargo build --locked --workspace --bin mist-simulator

.PHONY: any-ansible
any-ansible:
	scripts/python any-ansible

# In parallel, because none of the three uses all processors all the time. Incremental files would cost time here.
.PHONY: demo
demo: ## Run the playbooks against a Mist cloud simulated on this machine
	CARGO_INCREMENTAL=0 $(MAKE) --no-print-directory --jobs=3 all simulator any-ansible
	scripts/demo "$(CARGO_TARGET_DIR)/debug/mist-simulator"

.PHONY: dist
dist: all ## Build dist/: archives and collections for Linux and macOS, x86_64 and arm64, with checksums
	scripts/pack dist

.PHONY: collection
collection: all ## Build dist/mist-cloud-….tar.gz: the modules as an Ansible collection
	scripts/pack collection

.PHONY: docs
docs: all ## Build dist/docs/: the documentation of all modules as HTML
	scripts/docs

# A target of its own: parallel targets that need it would create it twice.
.PHONY: recent-pip
recent-pip:
	scripts/python pip

.PHONY: environments
environments: recent-pip
	scripts/python tests

.PHONY: test-programs
test-programs:
	cargo build --locked --workspace --tests --examples

.PHONY: test
test: all test-programs ## Run every test, with all supported versions of Ansible
	scripts/test

# The sections to run (bench/README.md). Default: all. BENCH_QUICK=1 only checks that each can be measured.
BENCH ?=
BENCH_ANSIBLE ?= $(CURDIR)/.venv/bin/ansible-playbook
BENCH_LIBRARY ?= library

.PHONY: bench
bench: all ## Measure against curl, Python and uri (bench/README.md)
	cargo build --release --locked --package mist-simulator
	test -x "$(BENCH_ANSIBLE)" || scripts/python ansible .venv any
	scripts/python mistapi
	BENCH_QUICK="$(BENCH_QUICK)" python3 -B bench \
	  --simulator "$(CARGO_TARGET_DIR)/release/mist-simulator" --ansible-playbook "$(BENCH_ANSIBLE)" \
	  --library "$(BENCH_LIBRARY)" --output "$(CARGO_TARGET_DIR)/bench" $(BENCH)

.PHONY: picture
picture: all simulator ## Draw docs/pictures/demo.svg from a run of the demo
	scripts/picture "$(CARGO_TARGET_DIR)/debug/mist-simulator"

.PHONY: plot
plot: ## Draw docs/pictures/bench.svg from the results of `make bench BENCH=per_task`
	scripts/python venv .venv-plot python3 'matplotlib>=3.8'
	.venv-plot/bin/python bench/plot.py "$(CARGO_TARGET_DIR)/bench/per_task.json"

.PHONY: lint
lint: lint-code lint-scripts lint-text ## Check formatting, code (clippy, also for macOS), scripts and language

.PHONY: lint-code
lint-code: simulator
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	scripts/lint macos
	scripts/lint publish

.PHONY: lint-scripts
lint-scripts: all simulator
	scripts/lint scripts

# The language of everything that people read, in this repository and from the modules.
.PHONY: lint-text
lint-text: recent-pip
	scripts/lint-words --self-test
	scripts/lint-words
	scripts/lint text

.PHONY: lint-docs
lint-docs: all recent-pip ## Check playbooks, examples and documentation with Ansible's own tools
	scripts/lint docs

.PHONY: clean
clean: ## Remove everything that was built, and the Python environments
	cargo clean
	rm -rf .venv .venv-* dist $(addprefix library/,$(shell scripts/build list) mist_inventory)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]*:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile
