# `make help` lists what there is. Everything is installed into .venv; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are processors: tests of the whole bot wait a good deal, for jobs, deliveries and browsers.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
CLIENTS := .venv-clients
# A checkout of https://github.com/lsst-sqre/phalanx for `make corpus` and `make bench`.
PHALANX ?= ../shared/phalanx

.DEFAULT_GOAL := help
.PHONY: help install mermaid demo test crash lint bench corpus revocations migrations mutants clean

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

# What applications run: their libraries want older versions of some of ours.
$(CLIENTS)/.installed: pyproject.toml
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(CLIENTS)/bin/python -m pip install --quiet --group clients
	@touch $@

# Mermaid itself reads the graphs of pull requests; without npm its test is skipped.
mermaid: ## Install Mermaid into .mermaid, for the test of graphs.
	@if [ -d .mermaid/node_modules/mermaid ] || ! command -v npm >/dev/null; then exit 0; fi; \
	npm install --silent --no-audit --no-fund --prefix .mermaid mermaid@11 jsdom@29 || echo "no Mermaid: its test is skipped"

install: $(VENV)/.installed ## Install into .venv.

demo: install ## One comment to the bot in a local GitHub, to the pull request; at a terminal go on by hand.
	$(BIN)/kafka-access demo $(ARGS)

test: install $(CLIENTS)/.installed mermaid ## Run all tests.
	$(BIN)/python -m pytest --numprocesses $(WORKERS) $(ARGS)

crash: install ## Kill the whole bot at every step and write, and see that nothing is lost or doubled.
	$(BIN)/python -m pytest --numprocesses $(WORKERS) $(ARGS) tests/crash

lint: install ## Check style, types and the direction of imports.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: install ## Measure: ratios in one run.
	$(BIN)/python -m tests.bench $(PHALANX)

corpus: install ## Wire and prove every workload template of a Phalanx checkout, twice.
	$(BIN)/python -m tests.corpus $(PHALANX)
	$(BIN)/python -m tests.corpus $(PHALANX) --guarded

revocations: install ## Grant and revoke on a Phalanx checkout, and revoke what is there by hand.
	$(BIN)/python -m tests.revocations $(PHALANX)
	$(BIN)/python -m tests.revocations $(PHALANX) --metrics
	$(BIN)/python -m tests.revocations $(PHALANX) --by-hand

migrations: install ## Move all Kafka objects of a Phalanx checkout to the newest API version.
	$(BIN)/python -m tests.migrations $(PHALANX)

mutants: install ## Damage right edits in hundreds of ways; the proof has to catch all of them.
	$(BIN)/python -m tests.mutants

clean: ## Remove what was installed and built.
	rm -rf $(VENV) $(CLIENTS) .mermaid build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
