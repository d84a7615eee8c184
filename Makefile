# Two commands for a newcomer: `make demo` and `make test`.  Everything is set up below this folder.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
INSTALL := $(UV) pip install --quiet --python $(BIN)/python

.PHONY: demo test lint docs bench lock clean help

help:             ## what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/  -/'

demo: .venv/run   ## set up, fetch real data, print and write the brief on natural graphite
	$(BIN)/straits data add raw-materials
	$(BIN)/straits brief graphite --of EU27 --on CHN --out demo
	@echo "Open demo/brief-graphite-EU27-CHN.html in a browser. Next: $(BIN)/straits --help"

test: .venv/dev   ## set up and run all tests
	$(BIN)/python -m pytest

lint: .venv/dev   ## style, types, import contracts, the casebook
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/dev   ## build the documentation into site/, with links checked
	$(BIN)/mkdocs build --strict --quiet

bench: .venv/dev  ## the benchmark tables of docs/performance.md (about half an hour; BENCH=--quick for a minute)
	$(BIN)/python benchmarks/run.py $(BENCH)

lock: $(UV)       ## pin the dependencies anew
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--generate-hashes pyproject.toml -o requirements/run.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--generate-hashes pyproject.toml --all-extras --group test --group quality --group docs --group bench -o requirements/dev.txt

clean:            ## remove what the other targets made
	rm -rf .venv .tools demo site

.tools/bin/uv:
	$(PYTHON) -m venv .tools 2>/dev/null && .tools/bin/python -m pip install --quiet uv \
		|| { $(PYTHON) -m pip install --quiet --target .tools/lib uv && mkdir -p .tools/bin && ln -sf ../lib/bin/uv .tools/bin/uv; }

.venv/made: | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit("Straits needs Python 3.11 or newer, found %d.%d: try make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(UV) venv --quiet --allow-existing --python "$(PYTHON)" .venv
	@touch $@

.venv/run: requirements/run.txt pyproject.toml .venv/made
	$(INSTALL) --compile-bytecode --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps -e .
	@touch $@

.venv/dev: requirements/dev.txt pyproject.toml .venv/made
	$(INSTALL) --compile-bytecode --require-hashes -r requirements/dev.txt
	$(INSTALL) --no-deps -e .
	@touch $@ .venv/run
