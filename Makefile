# What people type. Everything runs in the clone; paths are relative, so the clone may lie anywhere.
# Variables: PYTHON=/path/to/python3.13  PORT=8080  ARGS="-k leads" (for test)
PY := .venv/bin/python
BOOTSTRAP := sh pagetojob/local/bootstrap.sh
LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.13 --no-header
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench bench-intake drill outage format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: ## start everything here and print the address; Ctrl-C stops it
	@$(BOOTSTRAP) local
	@exec $(PY) -m pagetojob.local $(if $(PORT),--port "$(PORT)")

demo: ## walk the main job, step by step with its proof; uses a running instance or its own
	@$(BOOTSTRAP) local
	@exec $(PY) -m pagetojob.local demo

test: ## all tests; they bring their own PostgreSQL and Valkey
	@$(BOOTSTRAP) dev
	@exec $(PY) -m pytest $(ARGS)

# Checks read settings and touch no service; the tests of the architecture start their own.
check: export SECRET_KEY := only-for-checks-only-for-checks-only-for-checks-only
check: export DEBUG := true
check: export ALLOWED_HOSTS := localhost
check: export PUBLIC_URL := http://localhost:8000
check: export DATABASE_URL := postgresql://checks@127.0.0.1:1/checks
check: export REDIS_URL := redis://127.0.0.1:1/0
check: export EMAIL_URL := file:///nowhere
check: ## lint, types, import direction, templates, migrations, tables, size budgets
	@$(BOOTSTRAP) dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(PY) -m djlint --lint --quiet templates
	$(PY) manage.py check --fail-level WARNING
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	env -u DATABASE_URL -u REDIS_URL $(PY) -m pytest -q tests/architecture

bench: bench-intake ## every benchmark, each against a peer in the same run

bench-intake: ## posts per second of the request form, against a bare view that makes the same inserts
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.intake

outage: ## the mail server is down for MINUTES (60), with a real clock; the lag of every notice is shown
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.outage $(MINUTES)

drill: ## take parts of the house away under load and print what visitors met; about a quarter of an hour
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.failures

format: ## put the code in its standard form
	@$(BOOTSTRAP) dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: ## compile the locks anew from pyproject.toml; needs uv
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) pyproject.toml --extra local -c requirements/base.txt -o requirements/local.txt
	$(LOCK) pyproject.toml --extra local --group dev -c requirements/base.txt -o requirements/dev.txt

clean: ## remove .venv and .local (the local database too)
	@python=$$($(BOOTSTRAP) python) && exec "$$python" -m pagetojob.local.clean
