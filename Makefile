# Developer commands. Everything runs in the clone; paths are relative, so the clone can be anywhere.
# Variables: PYTHON=/path/to/python3.13  PORT=8080  ARGS="-k leads" (for test)
PY := .venv/bin/python
BOOTSTRAP := sh pagetojob/local/bootstrap.sh
LOCK := uv pip compile --quiet --universal --generate-hashes --python-version 3.13 --no-header
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run demo test nightly evidence pin-images release check migrations wording catalog bench bench-intake bench-pages bench-vault bench-audit bench-drift bench-drift-real bench-drift-scale bench-attribution bench-offices linkage-trees bench-hooks bench-imports bench-queue bench-scale bench-poison bench-boards bench-search bench-watchers bench-purge bench-months bench-restore files-executed drill chaos outage golden golden-compare format lock clean bench-stalled bench-uploads spam-model claim-model base-images image-test compose-walk cluster cluster-failures cluster-graphs cluster-down upgrade-drill

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-19s %s\n", $$1, $$2}' Makefile

run: ## start a local instance and print its URL; Ctrl-C stops it; BACKUPS=1 backs it up with pgBackRest
	@$(BOOTSTRAP) local
	@exec $(PY) -m pagetojob.local $(if $(PORT),--port "$(PORT)") $(if $(BACKUPS),--backups)

demo: ## run the demo step by step, on a running or temporary instance; STANDIN=1 continues with the simulator
	@$(BOOTSTRAP) local
	@exec $(PY) -m pagetojob.local demo $(if $(STANDIN),--stand-in)

test: ## run all tests; they start their own PostgreSQL and Valkey
	@$(BOOTSTRAP) dev
	@exec $(PY) -m pytest $(ARGS)

nightly: ## run the tests that are too slow for make test
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .local/kubernetes -r deploy/kubernetes/requirements.txt
	@exec env CONTRAST=yes $(PY) -m pytest -m nightly $(ARGS)

base-images: ## make local base images, for machines that reach no container registry; needs root
	@$(BOOTSTRAP) dev
	@exec $(PY) -m deploy.base_images

image-test: ## build, start and check the images: size, user, read-only, layers, libraries; needs root and podman
	@$(BOOTSTRAP) dev
	@REQUIRE_SYSTEM_PACKAGES=1 exec $(PY) -m pytest -n 0 -m nightly -rP tests/containers/test_image.py $(ARGS)

compose-walk: ## run docker-compose.yml with podman and use it, from the first page to a restore; ARGS=--real-base-images
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.containers.walk $(ARGS)

cluster: ## start three databases with Patroni, two web and two worker hosts, each a container; needs root and podman
	@$(BOOTSTRAP) dev
	@exec $(PY) -m deploy.cluster up

cluster-failures: ## hurt the cluster and count lost leads; continues where it was stopped; ARGS="--kills 20 --pauses 20"
	@$(BOOTSTRAP) dev
	@exec $(PY) -m deploy.cluster failures $(ARGS)

cluster-graphs: ## draw the Grafana dashboards from the cluster's Prometheus, with the failures of its drill
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .local/graphs -r deploy/cluster/requirements.txt
	@PYTHONPATH=.local/graphs exec $(PY) -m deploy.cluster.graphs docs/images

cluster-down: ## remove the containers, network and data of the cluster; results stay
	@$(BOOTSTRAP) dev
	@exec $(PY) -m deploy.cluster down

upgrade-drill: ## replace the recorded release by this clone under load, host by host, and go back; needs root and podman
	@$(BOOTSTRAP) dev
	@exec $(PY) -m deploy.upgrade $(ARGS)

evidence: ## run the checks of the pack's ready lines and sign the result; ARGS="--only handoff" for some
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.evidence.run $(ARGS)

pin-images: ## add the digests of a registry to deploy/images.env: REGISTRY=https://…
	@python3 deploy/pin_images.py --registry "$(REGISTRY)"

release: ## build the images of a release; refuses base images without a digest
	@python3 deploy/pin_images.py --check
	docker compose --env-file .env --env-file deploy/images.env build

# Checks read settings and use no service; the architecture tests start their own.
check migrations: export SECRET_KEY := only-for-checks-only-for-checks-only-for-checks-only
check migrations: export VAULT_KEYS := checks:b25seS1mb3ItY2hlY2tzLW9ubHktZm9yLWNoZWNrcy0=
check migrations: export DEBUG := true
check migrations: export ALLOWED_HOSTS := localhost
check migrations: export PUBLIC_URL := http://localhost:8000
check migrations: export DATABASE_URL := postgresql://checks@127.0.0.1:1/checks
check migrations: export REDIS_URL := redis://127.0.0.1:1/0
check migrations: export EMAIL_URL := file:///nowhere
check: ## check lint, types, imports, templates, migrations, tables and size budgets
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

migrations: ## write migrations for changed models: APP=gates NAME=what_changes
	@$(BOOTSTRAP) dev
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations $(APP) $(if $(NAME),--name "$(NAME)")
	@for file in $$(git ls-files --others --exclude-standard '*/migrations/*.py'); do $(PY) -m ruff format --quiet $$file && $(PY) -m ruff check --fix --quiet $$file || exit; done

wording: ## lower the baseline of words that the style guide replaces
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.architecture.wording --lower

catalog: ## record the migrated schema in tests/architecture/catalog.txt; review its diff
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.support.catalog

bench: bench-intake bench-pages bench-vault bench-audit bench-drift bench-attribution bench-hooks bench-imports bench-queue ## run the nine benchmarks of the parts, one after the other

bench-intake: ## measure form posts per second, compared with a bare view that makes the same inserts
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.intake

bench-poison: ## measure how long a tenant waits while another tenant's bookings kill or hang the worker
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.poison

bench-boards: ## measure the operations pages with 10,000 and with 2,000,000 items
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.boards

bench-search: ## measure the command palette with 2,000,000 items: p95 at most 100 ms; ARGS=20000 for fewer
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.search $(ARGS)

bench-watchers: ## measure the web process while 20 people watch a page: under 10 % of a core, changes seen within 5 s
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.watchers

bench-restore: ## restore an earlier state under traffic: nothing is sent twice, lost leads are named; ARGS="--leads 400"
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.evidence.drill restore $(ARGS)

bench-purge: ## measure form posts while the nightly purge removes 1,000,000 old attempts; ARGS=100000 for fewer
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.purge $(ARGS)

bench-months: ## measure form posts while a month of 10,000,000 old attempts is dropped; ARGS=100000 for fewer
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.months $(ARGS)

files-executed: ## list the product files whose functions one delivery and one lead POST execute
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.files_executed

bench-stalled: ## measure page and form while 50 and 500 connections stall: gunicorn behind Caddy and gunicorn alone
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.stalled

bench-uploads: ## measure the form while hostile files are sent to the import pages: p95 below twice that without
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.uploads

bench-pages: ## compare a readiness page with a view of constant bytes; count the queries of each page
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.pages

bench-vault: ## rotate the key of 100,000 secrets while they are read
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.vault

bench-audit: ## measure commits per second with and without the audit sealer, and lines sealed and checked
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.audit

bench-drift-real: ## score reading and comparing on labeled real websites; ARGS=--errors, --hold-out, --calibrate or --speed
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.drift.real_sites $(ARGS)

bench-drift-scale: ## measure time and memory of reading 2,000 pages and of comparing 1,000 with 5,000 items of a map
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.drift.scale

bench-drift: ## measure drift detection on generated pages, then check all labeled pages; ARGS=--misses lists misses
	@$(BOOTSTRAP) dev
	@$(PY) -m bench.drift $(ARGS)
	@exec $(PY) -m pytest -q -m "nightly or not nightly" tests/drift/test_reading_lots.py

spam-model: ## fit the weights of the spam classifier; ARGS=--check compares them, ARGS=--left-out measures them
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.spam.train $(ARGS)

claim-model: ## fit the weights of the claim guard; ARGS=--check compares them, ARGS=--left-out measures them
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.claims.train $(ARGS)

bench-attribution: ## measure quality and speed of lead-to-job linkage, on simulated businesses and FEBRL4, with baselines
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .local/febrl -r bench/attribution/requirements.txt
	@exec $(PY) -m bench.attribution $(ARGS)

linkage-trees: ## fit the trees of the linkage to folders with known links; ARGS="OUT FOLDER..."
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target .local/boosting -r bench/attribution/boosting.txt
	@exec env PYTHONPATH=.local/boosting $(PY) -m bench.attribution.boosting $(ARGS)

bench-offices: ## link offices generated by other authors and count which goals they reach; ARGS="--seeds 1-3 --leads 10000 boroughs"
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.attribution.offices $(ARGS)

bench-hooks: ## measure webhook events per second, valid and forged, compared with a plain insert; memory with oversized bodies
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.hooks

bench-imports: ## import, approve and undo 200,000 rows: time and memory, compared with a script; ARGS=20000 for fewer rows
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.imports $(ARGS)

bench-queue: ## measure bookings per second, compared with Celery, procrastinate and a plain loop; ARGS=1 for one round
	@$(BOOTSTRAP) dev
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .local/procrastinate -r bench/queue/requirements.txt
	@exec $(PY) -m bench.queue $(ARGS)

bench-scale: ## measure 1, 2 and 4 worker processes, 200,000 open items of 1,000 contractors, connections, cost of requests
	@$(BOOTSTRAP) dev
	@exec $(PY) -m bench.scale $(ARGS)

outage: ## simulate a mail server outage of MINUTES (60) in real time; show the delay of every notification
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.evidence.drill outage $(MINUTES)

drill: ## stop parts of the platform under load and print what visitors experienced; takes about 15 minutes
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.evidence.drill failures

chaos: ## run LEADS (5000) requests through the handoff with kills and every error; show the simulator and the ledger
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.evidence.drill chaos $(LEADS)

golden: ## record each page, command and mail of this tree, or of COMMIT=, into .local/golden/NAME (now)
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.golden.record $(if $(COMMIT),--commit "$(COMMIT)") --out ".local/golden/$(or $(NAME),$(COMMIT),now)"

golden-compare: ## compare the recording BASE= with NEW= (now); new wording goes to .local/golden/wording.txt
	@$(BOOTSTRAP) dev
	@exec $(PY) -m tests.golden.compare ".local/golden/$(BASE)" ".local/golden/$(or $(NEW),now)" --wording .local/golden/wording.txt $(ARGS)

format: ## format the code
	@$(BOOTSTRAP) dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: ## recompile the lock files from pyproject.toml; needs uv
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) pyproject.toml --extra heavy -c requirements/base.txt -o requirements/heavy.txt
	$(LOCK) pyproject.toml --extra heavy --extra local -c requirements/heavy.txt -o requirements/local.txt
	$(LOCK) pyproject.toml --extra tracing -c requirements/base.txt -o requirements/tracing.txt
	$(LOCK) pyproject.toml --extra heavy --extra local --extra tracing --group dev -c requirements/heavy.txt -o requirements/dev.txt

clean: ## remove .venv and .local, including the local database
	@python=$$($(BOOTSTRAP) python) && exec "$$python" -m pagetojob.local.clean
