# `make` builds the Ansible modules into library/; `make help` lists what else there is.

.DEFAULT_GOAL := all

# Absolute: what make runs is not always run from here.
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR

.PHONY: all
all: ## Build every module, with its documentation, into library/
	scripts/build

# Where the modules are built at once, they are not done before this is: so it leaves them the processors.
.PHONY: simulator
simulator:
	nice cargo build --locked --workspace --bin mist-simulator

.PHONY: any-ansible
any-ansible:
	scripts/any-ansible

# At once, as none of them keeps every processor busy all the time; and with nothing kept for a build after this one.
.PHONY: demo
demo: ## See it at work, against a Mist cloud simulated on this machine
	CARGO_INCREMENTAL=0 $(MAKE) --no-print-directory --jobs=3 all simulator any-ansible
	scripts/demo "$(CARGO_TARGET_DIR)/debug/mist-simulator"

.PHONY: dist
dist: all ## Make dist/: archives and collections for Linux and macOS, x86_64 and arm64, and their checksums
	scripts/dist

.PHONY: collection
collection: all ## Make dist/mist-cloud-….tar.gz: the modules as an Ansible collection
	scripts/collection

.PHONY: docs
docs: all ## Make dist/docs/: the documentation of all modules as HTML
	scripts/docs

# Both that use it would make it at once.
.PHONY: recent-pip
recent-pip:
	scripts/recent-pip

.PHONY: environments
environments: recent-pip
	scripts/environments

.PHONY: test-programs
test-programs:
	cargo build --locked --workspace --tests --examples

.PHONY: test
test: all test-programs ## Run every test, with the versions of Ansible that are supported
	scripts/test

# Which sections (bench/README.md); without any, all. BENCH_QUICK=1: only see that everything can be measured.
BENCH ?=
BENCH_ANSIBLE ?= $(CURDIR)/.venv/bin/ansible-playbook
BENCH_LIBRARY ?= library

.PHONY: bench
bench: all ## Measure against curl, Python and uri (bench/README.md)
	cargo build --release --locked --package mist-simulator
	test -x "$(BENCH_ANSIBLE)" || scripts/ansible-venv .venv any
	scripts/venv .venv-mistapi python3 'mistapi==0.64.*'
	BENCH_QUICK="$(BENCH_QUICK)" python3 -B bench \
	  --simulator "$(CARGO_TARGET_DIR)/release/mist-simulator" --ansible-playbook "$(BENCH_ANSIBLE)" \
	  --library "$(BENCH_LIBRARY)" --output "$(CARGO_TARGET_DIR)/bench" $(BENCH)

.PHONY: picture
picture: all simulator ## Make docs/pictures/demo.svg of a run of the demo
	scripts/picture "$(CARGO_TARGET_DIR)/debug/mist-simulator"

.PHONY: plot
plot: ## Make docs/pictures/bench.svg of what `make bench BENCH=per_task` has left
	scripts/venv .venv-plot python3 'matplotlib>=3.8'
	.venv-plot/bin/python bench/plot.py "$(CARGO_TARGET_DIR)/bench/per_task.json"

.PHONY: lint
lint: lint-code lint-scripts lint-words ## Check formatting, and what compiler, clippy (for a Mac too) and shellcheck have to say

.PHONY: lint-code
lint-code: simulator
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	scripts/clippy-macos

.PHONY: lint-scripts
lint-scripts: all simulator
	scripts/lint-scripts

# The language of everything that people read, in this repository and from the modules.
.PHONY: lint-words
lint-words:
	scripts/lint-words --self-test
	scripts/lint-words

.PHONY: lint-docs
lint-docs: all recent-pip ## Hold playbooks, examples and documentation against Ansible's own checks
	scripts/lint-docs

.PHONY: clean
clean: ## Remove what was built, and the Python environments
	cargo clean
	rm -rf .venv .venv-* dist $(addprefix library/,$(shell scripts/modules))

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]*:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile
