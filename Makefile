# make report   sets everything up and writes the five regions' reports
# make test     sets everything up and runs every test
# make lock     renews requirements.lock; make environment renews environment.yml
# make reproduce  installs from the lock afresh and compares the bytes of an assessment; make coverage  measures the tests
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PASSED := $(VENV)/.tests-passed
RUN := papermill_runs/five_regions.yaml
SOURCES := $(shell git ls-files -co --exclude-standard 2>/dev/null)
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
export NUMBA_NUM_THREADS ?= 1

.PHONY: report test setup lock environment check format evidence coverage reproduce docs clean help

help:
	@sed -n '1,5p' Makefile | cut -c3-

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Dabiao needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up: a virtual environment in $(VENV) (one to three minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar on --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/dabiao kernel
	@touch $@
	@echo "Set up."

report: $(READY)
	@echo "Writing the five regions' reports ($(RUN))"
	@$(BIN)/dabiao batch $(RUN)

test: $(PASSED)
	@echo "All tests passed for exactly these files. To run them again: rm $(PASSED); make test"

$(PASSED): $(READY) $(SOURCES)
	@echo "Checking: format, lint, import layers, types, tests"
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 2 --dist worksteal
	@touch $@

check: $(READY)
	@$(BIN)/dabiao check

format: $(READY)
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/nbstripout --extra-keys "metadata.language_info.version" notebooks/*.ipynb

lock: $(READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	@echo "requirements.lock is written."

environment: $(READY)
	@$(BIN)/python .ci/environment.py

evidence: $(READY)
	@$(BIN)/python .ci/evidence.py

coverage: $(READY)
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest -n 2 --dist worksteal || true
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python .ci/coverage_by_package.py

reproduce: $(READY)
	@$(BIN)/python .ci/reproduce.py

docs: $(READY) evidence
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@$(BIN)/python .ci/offline.py site
	@echo "The documentation is in site/index.html"

clean:
	@git clean -fdxq papermill_runs
	@rm -f $(PASSED)
