# PostgreSQL with pgBackRest and our own code: the database, and the service that backs it up (deploy/backups.yml).
ARG POSTGRES_IMAGE=postgres:18
FROM $POSTGRES_IMAGE
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends pgbackrest python3 python3-venv >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
COPY requirements/base.txt /tmp/base.txt
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle,target=/run/build/ca.crt \
    python3 -m venv /tools && python3 -m venv --without-pip /venv \
    && /tools/bin/python -m pip --python /venv/bin/python install --quiet --no-deps --require-hashes -r /tmp/base.txt \
    && rm -rf /tools && find /venv -name '*.po' -delete
COPY . /app
RUN install -d -o postgres -g postgres -m 0700 /var/lib/pagetojob/backups /var/lib/pagetojob/drills /run/pgbackrest
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=pagetojob.settings \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The archiver reads the key from this file, never from a command line.
ENTRYPOINT ["sh", "-ec", "python -m pagetojob.backups.configuration --owner postgres /run/pgbackrest \"$PGDATA\" && exec docker-entrypoint.sh \"$@\"", "entrypoint"]
CMD ["postgres"]
