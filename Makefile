# make up     sets up what is missing and starts the platform on http://127.0.0.1:8000/ (AGLAIS_PORT); Ctrl-C stops it
# make test   every check and test; make test ARGS='-m spark' only these tests, with pytest's own arguments
# make bench  the figures the project claims, beside other ways; make bench ARGS=--quick takes minutes
# make lint   the checks alone
# make build  the lab extension and the web page's bundle
# make wheel  what `pip install` takes, in dist/
# make lock   finds newer versions of what we depend on, within the bounds of pyproject.toml
#
# Each step is done again only when its inputs have changed; .venv/.done remembers.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV := .venv/bin/uv
DONE := .venv/.done
NPM := npm --prefix labextension
ARGS ?=

FRONTEND := $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) \
	$(wildcard labextension/*.json labextension/*.mjs)
SERVER_CONFIG := $(wildcard labextension/jupyter-config/server-config/*.json)
LAB_CONFIG := $(wildcard labextension/jupyter-config/labconfig/*.json)

.PHONY: up setup build test bench lint wheel lock tools clean

up: setup
	@exec .venv/bin/aglais up

setup: tools $(DONE)/install $(DONE)/link

tools:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed. Install it, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || test -x .venv/bin/python || \
		{ echo "Python's venv is missing. Install it (on Debian: apt-get install python3-venv) and try again."; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || \
		{ echo "Node.js 20 or newer with npm is needed. Install it (on Debian: apt-get install nodejs npm) and try again."; exit 1; }

# ---------------------------------------------------------------- Python

$(DONE)/python: requirements.lock
	@echo "Setting up Python packages…"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@mkdir -p $(DONE)
	@test -x $(UV) || .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps \
		--requirement <(awk '/^[^ #]/{ours=/^uv==/} ours' requirements.lock)
	@$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
	@touch $@

$(DONE)/install: $(DONE)/python pyproject.toml
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --editable .
	@touch $@

# ---------------------------------------------------------------- JavaScript

build: tools $(DONE)/frontend

$(DONE)/npm: labextension/package-lock.json
	@echo "Setting up JavaScript packages…"
	@mkdir -p $(DONE)
	@$(NPM) ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(DONE)/frontend: $(DONE)/npm $(FRONTEND)
	@echo "Building the lab extension and the web page…"
	@$(NPM) run build >$(DONE)/build.log 2>&1 || { tail -n 40 $(DONE)/build.log; exit 1; }
	@touch $@

# JupyterLab finds the extension where it is built.
$(DONE)/link: $(DONE)/python $(DONE)/frontend $(SERVER_CONFIG) $(LAB_CONFIG)
	@mkdir -p .venv/share/jupyter/labextensions .venv/etc/jupyter/{jupyter_server_config.d,labconfig}
	@ln -sfn ../../../../labextension/aglais_lab/labextension .venv/share/jupyter/labextensions/aglais-lab
	@for file in $(SERVER_CONFIG); do \
		ln -sf ../../../../$$file .venv/etc/jupyter/jupyter_server_config.d/$$(basename $$file); done
	@for file in $(LAB_CONFIG); do ln -sf ../../../../$$file .venv/etc/jupyter/labconfig/$$(basename $$file); done
	@touch $@

# ---------------------------------------------------------------- checks and tests

test: setup
	@.ci/check test $(ARGS)

bench: setup
	@.venv/bin/python -m benchmarks $(ARGS)

lint: setup
	@.ci/check lint

# ---------------------------------------------------------------- releases

wheel: setup
	@$(UV) build --quiet --wheel --out-dir dist
	@ls -1 dist/*.whl

lock: $(DONE)/python
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
		--no-header --output-file requirements.lock pyproject.toml
	@cd aglais_hub/up/node && npm update --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund
	@cd labextension && npm update --package-lock-only --no-audit --no-fund

clean:
	rm -rf .venv labextension/node_modules labextension/lib labextension/aglais_lab/labextension dist test-output
