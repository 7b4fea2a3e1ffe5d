# Kaiteki: the two commands of the README are `make run` and `make test`.
PY := .venv/bin/python
.PHONY: setup format lint types layers check test run

setup: .venv/ready
.venv/ready: pyproject.toml uv.lock
	test -x $(PY) || python3.11 -m venv .venv
	test -x .venv/bin/uv || $(PY) -m pip install -q uv
	.venv/bin/uv sync -q --frozen
	touch $@

format: setup
	.venv/bin/ruff format src tests
	.venv/bin/ruff check --fix src tests

lint: setup
	.venv/bin/ruff format --check src tests
	.venv/bin/ruff check src tests

types: setup
	.venv/bin/pyright

layers: setup
	$(PY) -m pytest tests/architecture

check: lint types layers

test: setup
	$(PY) -m pytest

run: setup
	.venv/bin/kaiteki run --world
