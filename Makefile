# `make run` starts everything from a fresh clone; `make test` is what CI runs.
# Variables given to make reach the program: make run PORT=8001 DATA_DIR=/tmp/axme

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

# More than CI has processors: many tests wait, for a lease to end or a server to start. In the order of tests/needs.py.
SPREAD := --dist loadfile --no-loadscope-reorder
PROCESSES := -n 4 $(SPREAD)

# Which of the cases that are nearly alike are tried (tests/turns.py), another day others: make test TURN=5 tries those again.
TURN ?= $(shell date -u +%j | sed 's/^0*//')

# The tests without servers of their own.
OF_THE_HOUSE := tests/docs/test_pages.py tests/test_*.py
OF_PARTS := tests/inbox tests/intents tests/pages tests/security
NEAR := $(OF_PARTS) $(OF_THE_HOUSE)

# Where Python keeps nothing that it compiled, each process of the tests compiles their assertions anew, for five seconds.
unexport PYTHONDONTWRITEBYTECODE

# Folders without texts of pages.
NO_TEXTS := -i ".venv*" -i var -i tests -i bench -i examples

.DEFAULT_GOAL := help
.PHONY: help run dev test test-next lint style house check check-house types quick t hooks messages openapi soak bench manifests screenshots pictures lock

help: ## This list
	@echo "AXME Inbox: make run starts it, make test checks everything."
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: $(VENV)/run.stamp ## Start everything: the server, its database, a demo
	@DEMO_SIGN_IN=$${DEMO_SIGN_IN:-1} exec $(BIN)/python manage.py up

dev: $(VENV)/test.stamp ## The same while you change the code: starts again when a file changes; templates need no start
	@DEBUG=1 exec $(BIN)/python manage.py dev

# Rules of imports and types are asked beside the tests, whose first minutes are those of servers that start.
test: $(VENV)/test.stamp style ## Everything that has to pass, as CI runs it
	@tests/install_programs.sh
	@mkdir -p var
	@$(MAKE) --no-print-directory house >var/house 2>&1 & house=$$!; trap "kill $$house" INT TERM; \
	TURN=$(TURN) $(BIN)/python -m pytest $(PROCESSES); tests=$$?; \
	wait $$house; house=$$?; cat var/house; \
	if [ $$tests -eq 1 ]; then TURN=$(TURN) tests/again.sh $(BIN)/python; tests=$$?; fi; exit $$((house || tests))

check: $(VENV)/test.stamp ## While you type: lint, types, and tests that need no server (under half a minute once warm)
	@mkdir -p var
	@$(MAKE) --no-print-directory check-house >var/check-house 2>&1 & house=$$!; trap "kill $$house" INT TERM; \
	$(BIN)/python -m pytest $(CHECKED) $(OF_PARTS); parts=$$?; \
	wait $$house; house=$$?; cat var/check-house; exit $$((house || parts))

# Beside the tests of the parts, so that two processors have as much to do each.
CHECKED := -q --hypothesis-profile few -m "unit and not slow"
check-house: $(VENV)/test.stamp
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-cache >var/lint-imports 2>&1 || { cat var/lint-imports; exit 1; }
	@$(MAKE) --no-print-directory types
	@$(BIN)/python -m pytest $(CHECKED) $(OF_THE_HOUSE)

# What is wrong is asked twice: the daemon can lose the types of decorated functions when files have changed.
types: $(VENV)/test.stamp ## Types alone, by a daemon that remembers
	@mkdir -p var
	@$(BIN)/dmypy run >var/types || { $(BIN)/dmypy restart >/dev/null; $(BIN)/dmypy run; }

quick: $(VENV)/test.stamp ## Before you push: what needs a database at most, no browser, no further processes
	TURN=$(TURN) $(BIN)/python -m pytest -q -n 3 $(SPREAD) --hypothesis-profile few -m "(unit or db) and not slow" $(NEAR)

t: $(VENV)/test.stamp ## Some tests by their names: make t K=lease
	@test -n "$(K)" || { echo "which tests? make t K=lease" >&2; exit 1; }
	$(BIN)/python -m pytest -q -m "unit or db" $(NEAR) -k "$(K)"

lint: style house ## Style, import rules, types

style: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

house: $(VENV)/test.stamp
	$(BIN)/lint-imports
	$(BIN)/mypy

hooks: $(VENV)/dev.stamp ## Have git check what you commit
	$(BIN)/pre-commit install

# Needs gettext: apt-get install gettext
messages: $(VENV)/test.stamp ## Bring the translations in axme_site/locale up to the texts of the sources, and compile them
	$(BIN)/python manage.py makemessages -l de -l ar --no-obsolete --no-wrap --add-location file $(NO_TEXTS)
	cd axme_site && ../$(BIN)/django-admin compilemessages

openapi: $(VENV)/test.stamp ## Write docs/openapi.json anew from the code
	$(BIN)/python manage.py openapi docs/openapi.json

# The same on the next Django; PYTHON has to be 3.12 or newer.
test-next: ## All tests on the next Django
	@$(MAKE) --no-print-directory VENV=.venv-next .venv-next/test.stamp
	@.venv-next/bin/python -m pip install --quiet --disable-pip-version-check "django>=6.1,<6.2"
	@tests/install_programs.sh
	TURN=$(TURN) .venv-next/bin/python -m pytest $(PROCESSES)

soak: $(VENV)/test.stamp ## Hours of faults: kills, freezes, a database that goes away
	@tests/install_programs.sh
	$(BIN)/python -m bench.soak

bench: $(VENV)/test.stamp ## How fast it is here
	@tests/install_programs.sh
	$(BIN)/python -m bench

manifests: $(VENV)/dev.stamp ## Hold deploy/kubernetes against Kubernetes' own schemas
	$(BIN)/kubernetes-validate --strict $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))

# Pictures of every page at three widths in both themes: make screenshots ONLY="inbox task-form"
screenshots: $(VENV)/test.stamp ## Pictures of every page, into var/screenshots
	@tests/install_programs.sh
	$(BIN)/python -m tests.browser.screenshots var/screenshots $(ONLY)

pictures: $(VENV)/test.stamp ## The pictures of the documentation, into docs/pictures
	@tests/install_programs.sh
	$(BIN)/python -m tests.browser.pictures

# Writes the locks anew: the widest first, the others agree with it. `make lock UPGRADE=--upgrade` takes newer versions.
lock: $(VENV)/dev.stamp ## Renew the lock files in requirements/, adapters/requirements/, tests/a2a/ and tests/mcp/
	cd requirements && for name in dev test run base otel; do \
		constraint=; [ $$name = dev ] || constraint="--constraint dev.txt"; \
		../$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate $$constraint $$name.in --output-file $$name.txt || exit 1; \
	done
	for name in adapters/requirements/*.in tests/a2a/requirements/*.in tests/mcp/requirements/*.in; do \
		$(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate $$name --output-file $${name%.in}.txt || exit 1; \
	done

$(VENV)/%.stamp: requirements/%.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Installing $$(grep -c '^[a-z].*==' $<) packages of requirements/$*.txt into $(VENV), this once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) -r $<
	@touch $@
	@test $* = run || touch $(VENV)/run.stamp
	@test $* != dev || touch $(VENV)/test.stamp
