# acctflows: `make help` lists what there is. Everything runs in .venv, made on first use.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS ?= tests

# Every run and every part is a process of its own: each would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo up test check bench format doctor clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "acctflows needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) (a minute or two, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: $(STAMP) ## set up everything on embedded defaults and run the main job to its end
	@$(BIN)/acctflows demo

up: $(STAMP) ## start server, worker and portal for real use (configured by .env)
	@$(BIN)/acctflows up

doctor: $(STAMP) ## say what is well and what to do
	@$(BIN)/acctflows doctor

test: $(STAMP) ## run all tests that this machine can run
	@$(BIN)/pytest $(TESTS) -n auto --dist loadgroup

check: $(STAMP) ## format, lint, types, directions, templates, migrations
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/acctflows template check
	@rm -f var/check.db* && mkdir -p var
	@$(BIN)/alembic -x url=sqlite:///var/check.db upgrade head
	@$(BIN)/alembic -x url=sqlite:///var/check.db check

bench: $(STAMP) ## run each benchmark alone; lines RESULT give the ratios
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

format: $(STAMP) ## format and mend what can be mended by itself
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

clean: ## remove the environment and what it made (not docs_out, not var)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
