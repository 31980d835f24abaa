# Everything a person or a machine does with this checkout. Needs python3 (3.11 to 3.14), make and a POSIX shell.
# Another interpreter: make setup PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The stamp holds what the environment was made from: the lock, the metadata, the interpreter and the place
# (the scripts inside name their folder). As long as all four stand, `setup` has nothing to do.
STAMP := $(VENV)/.filmops-stamp
# Two test processes more than cores (many tests wait for a lease or a clock), six at most: each has a
# database, a plant and a Slack of its own. With one more the stories take twenty seconds less, and now and
# then one meets a deadline.
TEST_WORKERS ?= $(shell $(PYTHON) -c 'import os; print(max(2, min(6, (os.cpu_count() or 2) + 2)))')
# In the order of the folders, files with slow tests first (tests/conftest.py): they go beside the rest, not after
# it (xdist would take the files with the fewest tests last, and those are the longest).
# Compiled files are kept, whatever the person's environment says: a hundred processes are started, and
# without them each compiles the bot anew, and each test process rewrites every assertion.
PYTEST = env PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder
# Stories run without a tracer, in processes that never had one: it doubles what each of them costs,
# pausing it for a test (no_cover) wins nothing back, and unit and contract tests alone cover more than
# is asked for. A new folder of tests is measured. Stories mostly wait and have deadlines to keep: unit
# tests, which have none, take what they leave (nice), and speak when they end.
STORIES = tests/browser tests/chaos tests/sandbox tests/scenario
# For example: make test TEST_ARGS="tests/unit -x"
TEST_ARGS ?=
BENCH_ARGS ?=
# make lock UPGRADE=--upgrade, or UPGRADE="--upgrade-package boto3"
UPGRADE ?=
CODE = $(wildcard bot handlers blocks sandbox tests benchmarks)

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
	$(BIN)/python -m pip install --quiet --progress-bar off --no-deps --require-hashes -r requirements-dev.txt; \
	$(BIN)/python -m pip install --quiet --progress-bar off --no-deps --no-build-isolation -e .; \
	printf '%s\n' "$$want" > $(STAMP); \
	echo "setup: ready"

sandbox: setup ## try it: a local Slack, PagerDuty and AWS, with the bot in the middle
	@exec $(BIN)/filmops sandbox

test: setup ## all tests, in parallel, with branch coverage of unit and contract (95 % at least)
ifeq ($(strip $(TEST_ARGS)),)
	@rm -rf .coverage-data && mkdir .coverage-data
	@nice -n 19 $(PYTEST) -n 1 --cov --cov-report= --cov-fail-under=0 tests/unit > .coverage-data/said 2>&1 & \
	unit=$$!; trap 'kill $$unit 2>/dev/null; wait $$unit; exit 130' INT TERM; \
	$(PYTEST) -n $(TEST_WORKERS) --no-cov $(STORIES); stories=$$?; \
	wait $$unit; unit=$$?; cat .coverage-data/said; [ $$stories = 0 ] && [ $$unit = 0 ]
	@$(PYTEST) -n $(TEST_WORKERS) --cov --cov-append --cov-report=term $(STORIES:%=--ignore=%) --ignore=tests/unit
else
	@$(PYTEST) -n $(TEST_WORKERS) --no-cov $(TEST_ARGS)
endif

lint: setup ## ruff (rules and format), mypy strict, import layers
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo

format: setup ## let ruff format the code and mend what it safely can
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

# Two files, one resolution: requirements.txt is what production installs, the other adds to it.
# No index, path or find-links line may get in: the lock must work wherever packages come from.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE) pyproject.toml

lock: setup ## resolve pyproject.toml into requirements.txt and requirements-dev.txt
	$(COMPILE) -o requirements.txt > /dev/null
	$(COMPILE) --extra sandbox --extra dev -c requirements.txt -o requirements-dev.txt > /dev/null
	@! grep -nE '://|^-' requirements.txt requirements-dev.txt
	@$(MAKE) --no-print-directory setup

bench: setup ## the measurements in benchmarks/
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

clean: ## remove the environment, caches and reports (the sandbox's data stays)
	rm -rf $(VENV) .coverage .coverage.* .coverage-data htmlcov build dist \
	  .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
