# A machine of the database: PostgreSQL, and Patroni, which starts, promotes and rewinds it.
ARG POSTGRES_IMAGE=postgres:18
FROM $POSTGRES_IMAGE
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates python3 python3-venv >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
COPY patroni.txt /tmp/patroni.txt
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle,target=/run/build/ca.crt \
    python3 -m venv /venv && /venv/bin/python -m pip install --quiet --no-deps --require-hashes -r /tmp/patroni.txt
ENV PATH=/venv/bin:$PATH PATRONICTL_CONFIG_FILE=/etc/patroni.yml PYTHONUNBUFFERED=1
USER postgres
STOPSIGNAL SIGTERM
# Patroni is process 1 and takes in the processes that PostgreSQL leaves.
ENTRYPOINT []
CMD ["patroni", "/etc/patroni.yml"]
