# Mainstay: the same verbs for people and for CI. Needs Python 3.11 and make; the rest is fetched.
#
#   make run      start the app on this machine      make check    linters, types, contracts, docs
#   make test     every test                         make bench    speed and memory, as ratios
#   make soak     properties and kills, for long     make docs     pages and pictures of the docs
#   make format   tidy the Python files              make clean    remove what was built
#
# Settings: PORT=8000 · DEMO=1 loads the demo company · WORKERS=2 test processes
#           SOAK=600 seconds of property tests · KILLS=200 processes killed on each store

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup build run test test-postgres test-sqlite check bench soak docs format clean

VENV    := .venv
BIN     := $(VENV)/bin
PORT    ?= 8000
WORKERS ?= auto
SOAK    ?= 600
KILLS   ?= 200
UV      := uv>=0.13,<0.14

help:
	@sed -n '/^$$/q;s/^# \{0,1\}//p' Makefile

# ── Set up: every step leaves a stamp, so that a second call costs nothing ───────────────────────

setup: $(VENV)/.synced
	@:

$(BIN)/python:
	@for candidate in "$$PYTHON" python3.11 python3 python; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
			echo "Creating $(VENV) with $$candidate"; \
			"$$candidate" -m venv --clear $(VENV) && exit 0; \
			rm -rf $(VENV); \
			echo "This Python cannot create environments. On Debian: apt install python3.11-venv" >&2; \
			exit 1; \
		fi; \
	done; \
	echo "Mainstay needs Python 3.11; python3.11, python3 and python are not it, or not there." >&2; \
	echo "Install it, or say where it is: make PYTHON=/path/to/python3.11 …" >&2; \
	exit 1

$(BIN)/uv: | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(UV)'

$(VENV)/.synced: pyproject.toml uv.lock | $(BIN)/uv
	@echo "Installing the locked packages"
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --frozen --no-python-downloads
	@touch $@

# The machine's Node where it is new enough, else the one among the locked packages.
WITH_NODE := PATH="$$(node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' \
	2>/dev/null && command -v npm >/dev/null || echo "$(CURDIR)/$(BIN):")$$PATH"
FRONT     := src/mainstay/web/static/build/.built
FRONT_SRC := $(shell find src/mainstay/web/assets -type f 2>/dev/null) $(wildcard package.json esbuild.mjs)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard src/mainstay/locale/*/LC_MESSAGES/*.po))

build: setup $(if $(wildcard package.json),$(FRONT)) $(CATALOGUES)

node_modules/.installed: package.json package-lock.json | $(VENV)/.synced
	@echo "Installing the front-end parts"
	@$(WITH_NODE) npm ci --silent --no-audit --no-fund
	@touch $@

$(FRONT): node_modules/.installed $(FRONT_SRC)
	@echo "Building the front end"
	@$(WITH_NODE) npm run --silent build
	@touch $@

%.mo: %.po | $(VENV)/.synced
	@$(BIN)/python -m mainstay.web.translations compile
	@touch $@

# ── Run ──────────────────────────────────────────────────────────────────────────────────────────

run: build
	@MAINSTAY_HOME="$${MAINSTAY_HOME:-$(CURDIR)/.mainstay}" \
		$(BIN)/mainstay serve --port $(PORT) $(if $(filter-out 0,$(DEMO)),--demo)

# ── Test: the store, pages and API on PostgreSQL where one answers, then all the rest on SQLite ────
#
# What the store does is tested on both; pages and API once, on PostgreSQL where there is one. In the
# browser they are tested on SQLite in any case. The longest tests come first, so that in the end no
# process waits for another.

PYTEST := $(BIN)/pytest -q -n $(WORKERS) --maxprocesses 4 --dist worksteal
PAGES  := tests/web tests/api
APART  := tests/api/test_description.py tests/web/test_help.py tests/web/test_provider.py \
	tests/web/test_formatting.py
LONG   := $(addprefix tests/,soak/ concurrency/ upgrade/ scenarios/ browser/)
REST   := $(LONG) $(filter-out tests/__pycache__/ $(addsuffix /,$(PAGES)) $(LONG),$(wildcard tests/*/))
TESTS  ?= tests
STORE  := tests/services tests/concurrency/test_resume.py \
	tests/concurrency/test_left_behind.py $(addprefix tests/traps/test_traps_import.py::test_the_wizard_, \
	takes_it_in_as_it_is_meant refuses_it_with_every_fault_and_nothing_half_done)

test: build
	@if url=$$($(BIN)/python -m tests.postgres); then \
		$(MAKE) test-postgres && $(MAKE) test-sqlite TESTS="$(REST) $(APART)"; \
	elif [ "$$MAINSTAY_REQUIRE_POSTGRES" = 1 ]; then \
		echo "MAINSTAY_REQUIRE_POSTGRES=1, and no PostgreSQL server answers" >&2; exit 1; \
	else \
		echo "── SKIPPED on PostgreSQL: no server answers; set MAINSTAY_TEST_DATABASE_URL ──"; \
		$(MAKE) test-sqlite; \
	fi

test-postgres: build
	@echo "── on PostgreSQL ──"
	@MAINSTAY_DATABASE_URL="$$($(BIN)/python -m tests.postgres)" $(PYTEST) $(STORE) $(PAGES) \
		$(addprefix --ignore ,$(APART))

test-sqlite: build
	@echo "── on SQLite ──"
	@env -u MAINSTAY_DATABASE_URL $(PYTEST) $(TESTS)

# ── Check ────────────────────────────────────────────────────────────────────────────────────────

CHECKS := ruff-lint ruff-format types imports migrations translations dead-code repository generated
.PHONY: $(addprefix check-,$(CHECKS))

check: build
	@$(MAKE) --keep-going $(addprefix check-,$(CHECKS))
	@echo "All checks passed."

check-ruff-lint:
	@$(BIN)/ruff check --quiet
check-ruff-format:
	@$(BIN)/ruff format --check --quiet
check-types:
	@$(BIN)/mypy
check-imports:
	@$(BIN)/lint-imports
check-migrations:
	@$(BIN)/python -m django makemigrations --check --dry-run --settings mainstay.config.testing
check-translations:
	@$(BIN)/python -m mainstay.web.translations check
check-dead-code:
	@$(BIN)/python .ci/dead_code.py
check-repository:
	@$(BIN)/pytest -q tests/architecture/test_repository.py tests/docs/test_links.py
check-generated:
	@$(BIN)/python docs/generate.py --check

format: setup
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

# ── Measure, soak, write ─────────────────────────────────────────────────────────────────────────

bench: setup
	@$(BIN)/python bench/run.py

# Processes killed mid-work on each store, by a seed that is printed (SEED=… repeats it); then rounds
# of the property tests, each with fresh random seeds, until SOAK seconds have passed.
soak: setup
	@$(BIN)/python -m tests.soak --kills $(KILLS) $(if $(SEED),--seed $(SEED))
	@end=$$(( $$(date +%s) + $(SOAK) )); round=1; \
	while [ $$(date +%s) -lt $$end ]; do \
		echo "── round $$round ──"; \
		$(PYTEST) tests -m hypothesis --hypothesis-profile=soak --hypothesis-seed=random || exit 1; \
		round=$$((round + 1)); \
	done

docs: build
	@$(BIN)/python docs/generate.py
	@if [ -n "$$MAINSTAY_CHROMIUM" ] || command -v chromium >/dev/null; then \
		$(BIN)/python docs/screenshots.py && $(BIN)/python docs/contact_sheet.py; \
	else \
		echo "No Chromium here: the pictures stay as they are." >&2; \
	fi

clean:
	rm -rf $(VENV) node_modules src/mainstay/web/static/build src/mainstay/foundation/build $(CATALOGUES)
