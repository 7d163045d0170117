# `make run` starts everything from a fresh clone; `make test` is what CI runs.
# Variables given to make reach the program: make run PORT=8001 DATA_DIR=/tmp/axme

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

# One more than CI has processors: many tests wait, for a lease to end or a server to start.
PROCESSES := -n 3 --dist loadfile

.PHONY: run test test-next lint soak bench screenshots lock

run: $(VENV)/run.stamp
	@exec $(BIN)/python manage.py up

test: $(VENV)/test.stamp lint
	@tests/install_programs.sh
	$(BIN)/python -m pytest $(PROCESSES)

# The same on the next Django; PYTHON has to be 3.12 or newer.
test-next:
	@$(MAKE) --no-print-directory VENV=.venv-next .venv-next/test.stamp
	@.venv-next/bin/python -m pip install --quiet --disable-pip-version-check "django>=6.1,<6.2"
	@tests/install_programs.sh
	.venv-next/bin/python -m pytest $(PROCESSES)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy

soak: $(VENV)/test.stamp
	@tests/install_programs.sh
	$(BIN)/python -m bench.soak

bench: $(VENV)/test.stamp
	@tests/install_programs.sh
	$(BIN)/python -m bench

# Pictures of every page at three widths in both themes: make screenshots ONLY="inbox task-form"
screenshots: $(VENV)/test.stamp
	@tests/install_programs.sh
	$(BIN)/python -m tests.browser.screenshots var/screenshots $(ONLY)

# Writes the locks anew: the widest first, the others agree with it. `make lock UPGRADE=--upgrade` takes newer versions.
lock: $(VENV)/dev.stamp
	cd requirements && for name in dev test run base; do \
		constraint=; [ $$name = dev ] || constraint="--constraint dev.txt"; \
		../$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate $$constraint $$name.in --output-file $$name.txt || exit 1; \
	done

$(VENV)/%.stamp: requirements/%.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Installing requirements/$*.txt into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) -r $<
	@touch $@
	@test $* = run || touch $(VENV)/run.stamp
