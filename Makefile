# Everything a contributor does with this repository. `make` alone lists the targets.

PYTHON ?= python3
WORKERS ?= 2
BENCH ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PIP_INSTALL := $(PIP) install --quiet --require-hashes --only-binary :all:
PIP_EDITABLE := $(PIP) install --quiet --no-index --no-deps --no-build-isolation --editable .
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup demo check lint test lock bench browser clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

setup: .venv/.installed-dev ## make .venv with everything that development needs

demo: .venv/.installed-demo ## a synthetic fleet from end to end, into ./demo
	$(BIN)/routefit demo demo

check: lint ## what every commit passes: style, types, layers and the quick tests
	$(BIN)/pytest -n $(WORKERS) -m "not slow and not browser"

lint: .venv/.installed-dev ## style, types and layers only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint browser ## everything, also the slow tests and those in a browser, with all examples
	HYPOTHESIS_PROFILE=thorough $(BIN)/pytest -n $(WORKERS)

bench: .venv/.installed-dev ## costs as ratios in one run, beside their budgets (BENCH="--help" for its options)
	$(BIN)/python -m bench $(BENCH)

lock: .venv/.installed-dev ## write requirements/*.txt anew from pyproject.toml (UPGRADE=--upgrade for newer releases)
	$(LOCK) $(UPGRADE) --all-extras --group dev --group build --output-file requirements/dev.txt
	$(LOCK) --group build --constraint requirements/dev.txt --output-file requirements/demo.txt
	$(BIN)/pytest tests/architecture/test_requirements.py

browser: ## Debian's chromium, which the browser tests drive (needs root; without it they skip)
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y --no-install-recommends chromium >/dev/null \
			|| echo "chromium could not be installed: the browser tests will skip" >&2; \
	else echo "no chromium here, and only root can install it: the browser tests will skip" >&2; fi

clean: ## remove .venv, caches and the demo
	rm -rf .venv demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		"routefit needs Python 3.11 or newer, $(PYTHON) is older: make setup PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed-dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) -r requirements/dev.txt
	$(PIP_EDITABLE)
	@touch .venv/.installed-demo $@

.venv/.installed-demo: requirements/demo.txt pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) -r requirements/demo.txt
	$(PIP_EDITABLE)
	@touch $@
