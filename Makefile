# Every target does its own set-up: a virtual environment in .venv, pinned by constraints.txt.
# PIP_ARGS passes options to pip, for example a package index with CPU builds of torch.

PYTHON ?= python3
PIP_ARGS ?=
PY := .venv/bin/python

.PHONY: run test install demo bench soak check golden docs clean

run: .venv/run.stamp
	@$(PY) -m bot

demo: .venv/run.stamp
	@$(PY) -m bot demo

test: .venv/dev.stamp
	@$(PY) -m pytest -n 2 --dist worksteal

check: .venv/dev.stamp
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: .venv/dev.stamp
	@$(PY) -m tests.bench
	@$(PY) -m tests.bench_load
	@$(PY) -m tests.bench_coder
	@$(PY) -m tests.bench_digest

# Hours; SOAK passes options, for example SOAK='--runs 1 --chats 20 --kills 5 --every 100 --minutes 1'.
soak: .venv/dev.stamp
	@$(PY) -m tests.soak $(SOAK)

golden: .venv/dev.stamp
	@$(PY) -m pytest -q --update-golden tests

docs: .venv/dev.stamp
	@$(PY) -m tests.readme_blocks --write

install: .venv/run.stamp

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "kedergi needs Python 3.11 or later; set PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv

.venv/run.stamp: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Орнату / Установка: a few minutes, once"
	@$(PY) -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e .
	@touch $@

.venv/dev.stamp: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing what tests need: a few minutes, once"
	@$(PY) -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	@touch $@ .venv/run.stamp

clean:
	rm -rf .venv build *.egg-info
