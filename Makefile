# `make run` and `make test` do all their own set-up: Python 3.11 or later, make and git are enough.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SOURCES := $(shell find ami_cli -type f -not -name '*.pyc')

.PHONY: run test quick machines bench snapshot completions docs data lock engines clean

# The main job: the wizard on a terminal; without one, the full result of an example student, then
# a small file of students.
run: $(VENV)/.package
	@if [ -t 0 ] && [ -t 2 ]; then $(BIN)/python -P -m ami_cli check; else \
	  $(BIN)/python -P -m ami_cli check --birth-date 2005-03-12 --no-disability --echelon 6 --school "Lyon 2" \
	    --stay study --in-curriculum --start 2027-01-15 --end 2027-06-20 --months-received 0 \
	    --commune Ambert --no-priority-area --erasmus-monthly 300 --no-merit && \
	  { $(BIN)/python -P -m ami_cli batch docs/etudiants.csv --only dossier || [ $$? -eq 4 ]; }; fi

# pytest rewrites each file of tests and caches it as bytecode; without that cache, each worker of
# each run takes 4 seconds more.
test quick: export PYTHONDONTWRITEBYTECODE =

# What CI checks, after `make machines CASES=cheap`.
test: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term --cov-fail-under=95
	@# Says nothing when all is well: the last lines are those of the whole run of pytest.
	@$(BIN)/python -m coverage report --include='ami_cli/rules/*,ami_cli/law/*' --fail-under=100 \
	  > $(VENV)/.rules-coverage || { cat $(VENV)/.rules-coverage; exit 1; }

# Lint, types and the tests that start no process, random ones a third as long: under a minute.
quick: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	AMI_QUICK=1 $(BIN)/python -m pytest -n auto --dist worksteal -m "not process" -q

# `make run` and `make test` on machines that differ: pip, path, locale, user, clock, line ends.
# All of them take half an hour; CASES=cheap takes the ones that CI runs.
machines: $(VENV)/.development
	$(BIN)/python -m tools.machines $(CASES)

# Start-up, one student, files of students, hostile files and the library (Spark where `make engines`
# installed it), each beside its yardstick in the same run.
bench: $(VENV)/.development
	$(BIN)/python -m tools.benchmarks.startup
	$(BIN)/python -m tools.benchmarks.student
	$(BIN)/python -m tools.benchmarks.batch
	$(BIN)/python -m tools.benchmarks.hostile
	$(BIN)/python -m tools.benchmarks.library

# The committed snapshot of many dossiers and years: a change of law shows as its diff.
snapshot: $(VENV)/.development
	$(BIN)/python -m tests.snapshot --write

# The completion scripts of both languages, and the French ones in completions/.
completions: $(VENV)/.development
	$(BIN)/python -m tools.completion

# The pictures and the examples of the README, made by the program itself.
docs: $(VENV)/.development
	$(BIN)/python -m tools.pictures

# The registers of schools and communes, from fresh copies of the files they come from:
# make data FROM=folder
data: $(VENV)/.development
	$(BIN)/python -m tools.registers "$(FROM)"

# Resolve requirements/ anew; hashes only, no address.
lock: $(VENV)/.development
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --upgrade \
	  pyproject.toml requirements/build.in --extra batch -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --upgrade \
	  pyproject.toml requirements/build.in --extra batch --group dev -c requirements/runtime.txt -o requirements/development.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --upgrade \
	  --group engines -c requirements/development.txt -o requirements/engines.txt

# The hash-locked libraries. The locks are complete, so pip is told to resolve nothing: whatever is
# released later cannot change what is installed. `pip check` shows that nothing lacks.
$(VENV)/.libraries: requirements/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ami : il faut Python 3.11 ou plus récent.")'
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || [ -x $(BIN)/python ] || \
	  { echo "ami : il manque le module venv de Python ; sous Debian ou Ubuntu : sudo apt install python3-venv" >&2; exit 1; }
	@echo "ami : préparation dans $(VENV) (une minute, la première fois seulement)…" >&2
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(PIP) install -qq --require-hashes --no-deps -r requirements/runtime.txt
	@$(PIP) check > $(VENV)/.check || { cat $(VENV)/.check >&2; exit 1; }
	@touch $@

# The package itself, built by the locked backend. Not editable: Python reads the link that an
# editable install leaves in the encoding of the locale, and fails where a folder has an accent.
$(VENV)/.package: $(VENV)/.libraries pyproject.toml README.md $(SOURCES)
	@$(PIP) install -qq --no-deps --no-build-isolation --force-reinstall .
	@touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.package
	@echo "ami : préparation des outils de développement…" >&2
	@$(PIP) install -qq --require-hashes --no-deps -r requirements/development.txt
	@$(PIP) check > $(VENV)/.check || { cat $(VENV)/.check >&2; exit 1; }
	@touch $@

# The tests on Spark and Dask, which `make test` skips where they are not installed (460 MB; Spark
# needs Java 17 or later).
engines: $(VENV)/.engines
	$(BIN)/python -m pytest tests/engines

$(VENV)/.engines: requirements/engines.txt $(VENV)/.development
	@$(PIP) install -qq --require-hashes --no-deps -r requirements/engines.txt
	@touch $@

clean:
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
