# Every check and every kind of test by one name. `.ci/run`, the GitHub workflow and pre-commit call these targets, so
# that the list of checks is written here alone. `make` without a target shows what there is.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help venv hooks check lint format-check types layers format test test-all peers

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1  /p' $(MAKEFILE_LIST) | awk '{ name = $$1; $$1 = ""; printf "  make %-14s%s\n", name, $$0 }'

venv: ## make the virtual environment, with all that the tests and the checks need
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'

hooks: ## run the checks before each commit, and the quick tests before each push
	$(BIN)/pre-commit install

check: lint format-check types layers ## run all checks: ruff, mypy, import-linter

lint: ## find mistakes, and code that is not in the house's style (ruff)
	$(BIN)/ruff check .

format-check: ## tell which files `make format` would change
	$(BIN)/ruff format --check .

types: ## check the type hints (mypy)
	$(BIN)/mypy

layers: ## check which room imports which (import-linter)
	$(BIN)/lint-imports

format: ## mend what ruff can mend, and format all files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: ## run the quick tests
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not slow'

test-all: ## run all tests, the slow ones too
	$(BIN)/python -m pytest -n auto --dist worksteal

peers: ## search with scripts of other frameworks, in an environment .venv-peers that has them
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --editable '.[peers]'
	.venv-peers/bin/python -m pytest tests/peers/test_peers.py
