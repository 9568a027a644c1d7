# `make` builds the Ansible modules into library/; `make help` lists what else there is.

SHELL := /bin/bash
.DEFAULT_GOAL := all

# The machine to build for, as rustc names it.
TARGET ?= $(shell rustc -vV | sed -n 's/^host: //p')
CARGO_TARGET_DIR ?= target
BUILT := $(CARGO_TARGET_DIR)/$(TARGET)/release

# Every executable of the workspace that is named mist_… is a module: the crate crates/mist-api-token ships
# mist_api_token. A new one needs no line here.
MODULES := $(shell sed -n 's/^name = "\(mist_[a-z_]*\)"$$/\1/p' crates/*/Cargo.toml)
PACKAGES := $(foreach module,$(MODULES),--package $(subst _,-,$(module)))

# Fully static: one file that runs wherever Ansible copies it. It must be given with --target, because then
# RUSTFLAGS hold for the modules alone and not for procedural macros, which cannot be static.
STATIC := $(RUSTFLAGS) -C target-feature=+crt-static

.PHONY: all
all: ## Build every module, with its documentation, into library/
	RUSTFLAGS="$(STATIC)" cargo build --release --locked --target $(TARGET) $(PACKAGES)
	set -e; for module in $(MODULES); do \
	  "$(BUILT)/$$module" --docs >"$(BUILT)/$$module.yml"; \
	  install -m 755 "$(BUILT)/$$module" library/; \
	  install -m 644 "$(BUILT)/$$module.yml" library/; \
	done

.PHONY: demo
demo: all ## See it at work, against a Mist cloud simulated on this machine
	cargo build --locked --package mist-simulator
	scripts/demo "$(CARGO_TARGET_DIR)/debug/mist-simulator"

.PHONY: test
test: all ## Run every test, with the versions of Ansible that are supported
	scripts/test

# Which sections (bench/README.md); without any, all. BENCH_QUICK=1: only see that everything can be measured.
BENCH ?=
BENCH_ANSIBLE ?= $(CURDIR)/.venv/bin/ansible-playbook

.PHONY: bench
bench: all ## Measure against curl, Python and uri (bench/README.md)
	cargo build --release --locked --package mist-simulator
	test -x "$(BENCH_ANSIBLE)" || scripts/ansible-venv .venv any
	RUSTFLAGS="$(STATIC)" TARGET="$(TARGET)" BENCH_QUICK="$(BENCH_QUICK)" python3 -B bench \
	  --simulator "$(CARGO_TARGET_DIR)/release/mist-simulator" --ansible-playbook "$(BENCH_ANSIBLE)" \
	  --output "$(CARGO_TARGET_DIR)/bench" $(BENCH)

.PHONY: lint
lint: ## Check formatting, and what the compiler and clippy have to say
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: clean
clean: ## Remove what was built, and the Python environments
	cargo clean
	rm -rf .venv .venv-* $(addprefix library/,$(MODULES))

.PHONY: help
help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile
