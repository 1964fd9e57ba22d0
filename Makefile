# kefu-pulse: `make demo` runs it, `make test` proves it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help setup demo test lint bench bench-kafka crash failures eval clean system-packages
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /' | sort

setup: $(READY)  ## create .venv with the product and what its tests need

$(READY): pyproject.toml deploy/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "kefu-pulse needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement deploy/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

demo: $(READY)  ## the whole product on a seeded live stream, with its page
	@$(BIN)/kefu-pulse demo

system-packages:
	@sh deploy/system-packages.sh

lint: $(READY)  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(READY) system-packages lint  ## everything that must hold
	$(BIN)/python -m pytest

bench: $(READY)  ## speed and memory, ours against the stated baseline
	@$(BIN)/python -m tests.bench

bench-kafka: $(READY) system-packages  ## a worker on Kafka, against a bare loop and a plain Faust agent
	@$(BIN)/python -W ignore -m tests.bench.kafka

failures: $(READY) system-packages  ## a thousand kills and other faults of a running cluster (about an hour)
	@$(BIN)/python -W ignore -m tests.real

crash: $(READY)  ## hundreds of kill -9, and what they cost (about ten minutes)
	@$(BIN)/python -m tests.crash

eval: $(READY)  ## every quality figure on the development data, in one table
	@$(BIN)/python -m tests.eval

clean:  ## remove what the other targets made
	rm -rf $(VENV) artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
