# Everything a person or a machine does with this checkout. Needs python3 (3.11 to 3.14), make and a POSIX shell.
# Another interpreter: make setup PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The stamp holds what the environment was made from: the lock, the metadata, the interpreter and the place
# (the scripts inside name their folder). As long as all four stand, `setup` has nothing to do.
STAMP := $(VENV)/.filmops-stamp
# Two cores: two workers. One test file stays on one worker, so its database and processes are started once.
TEST_WORKERS ?= 2
TEST_ARGS ?=
# Coverage writes one file per process, also from subprocesses; a folder of their own keeps the checkout clean.
COVERAGE_DIR := .coverage-data

.DEFAULT_GOAL := help
.PHONY: help setup sandbox test lint format lock bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: ## create .venv and install the locked packages (only when something changed)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 15) else 1)' || { \
	  echo "FilmOps needs Python 3.11 to 3.14. '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@want=$$($(PYTHON) -c 'import hashlib, os, pathlib, sys; \
	  parts = [pathlib.Path(p).read_bytes() for p in ("requirements-dev.txt", "pyproject.toml")]; \
	  print(hashlib.sha256(b"".join(parts)).hexdigest(), "%d.%d" % sys.version_info[:2], os.getcwd())'); \
	had=$$(cat $(STAMP) 2>/dev/null || :); \
	[ "$$want" = "$$had" ] && exit 0; \
	set -e; \
	if [ "$${want#* }" != "$${had#* }" ]; then \
	  echo "setup: creating $(VENV) with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv --clear $(VENV) || { \
	    echo "Could not create $(VENV). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi; \
	echo "setup: installing the locked packages (a minute or two, only when the lock changed)"; \
	export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 PIP_NO_INPUT=1; \
	$(BIN)/python -m pip install --quiet --progress-bar off --require-hashes -r requirements-dev.txt; \
	$(BIN)/python -m pip install --quiet --progress-bar off --no-deps --no-build-isolation -e .; \
	printf '%s\n' "$$want" > $(STAMP); \
	echo "setup: ready"
