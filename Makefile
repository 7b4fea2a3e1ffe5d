# Kaiteki: the two commands of the README are `make run` and `make test`. Each does all of its own set-up.
SHELL := /bin/bash
PY := .venv/bin/python
UV_VERSION := 0.13.9
# one more than the two cores that the suite is measured on: tests often wait for a page, a server or a moment
WORKERS := 3
.DEFAULT_GOAL := help
# compiled modules are kept wherever this runs: a node starts in half the time, and the tests start hundreds
unexport PYTHONDONTWRITEBYTECODE
.PHONY: setup format lint types layers check test suite run bench pushes displays soak ledger vendor sbom docs help

help:  ## Say what each target does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: .venv/ready  ## Make .venv with everything that uv.lock names
.venv/ready: pyproject.toml uv.lock scripts/setup.sh
	UV_VERSION=$(UV_VERSION) bash scripts/setup.sh
	touch $@

run: setup  ## Serve the sample cities with a living small world on http://127.0.0.1:8000
	.venv/bin/kaiteki run --world

test: setup  ## Install what the tests need, check the style, run every test
	$(PY) scripts/prepare_tests.py
	$(MAKE) --no-print-directory -j2 lint types suite

suite: setup  ## Run every test (`make test` does, while it checks the types)
	$(PY) scripts/in_memory.py $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

format: setup  ## Write the code in the one style
	.venv/bin/ruff format src tests scripts
	.venv/bin/ruff check --fix src tests scripts

lint: setup  ## Look for mistakes of style
	.venv/bin/ruff format --check src tests scripts
	.venv/bin/ruff check src tests scripts

types: setup  ## Check every type, strictly
	.venv/bin/pyright

layers: setup  ## Check the arrow of the folders and the tidiness of the code
	$(PY) -m pytest tests/architecture

check: lint types layers  ## Everything that needs no running city

bench: setup  ## Measure the speed of this machine's node
	.venv/bin/kaiteki bench
	.venv/bin/kaiteki bench --maps --entities 500000
	.venv/bin/kaiteki waits

pushes: setup  ## Measure how long it takes to push 1,000 people
	KAITEKI_PUSHES=1000 $(PY) -m pytest -s tests/kit/channels/test_many_pushes.py

displays: setup  ## Measure how far the calling display is behind 300 calls
	KAITEKI_CALLS=300 $(PY) -m pytest -s tests/stories/test_calling_display.py

soak: setup  ## Ten minutes at half of what a node can do, killed in the middle; nothing may be lost
	KAITEKI_SOAK_S=600 $(PY) -m pytest -s tests/main/test_soak.py

ledger: setup  ## A million operations on points, each sent three times, killed every 10,000; not a point may be lost or made
	KAITEKI_LEDGER_OPERATIONS=1000000 $(PY) -m pytest -s tests/services/points/test_points_killed.py

vendor: setup  ## Fetch the pinned web assets again and write their integrity manifest
	$(PY) scripts/vendor_assets.py
	$(PY) scripts/vendor_face_model.py
	$(PY) scripts/vendor_passwords.py
	$(PY) scripts/vendor_font.py

sbom: setup  ## Write what a release consists of (CycloneDX 1.6) into dist/
	$(PY) scripts/sbom.py

docs: setup  ## Run the snippets of the documentation
	$(PY) -m pytest tests/docs
