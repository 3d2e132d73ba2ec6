# Pools the connections of web, workers and dispatchers (deploy/pgbouncer.ini).
ARG DEBIAN_IMAGE=debian:13-slim
FROM $DEBIAN_IMAGE
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends pgbouncer >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
RUN install -d -o postgres -g postgres /var/run/postgresql
USER postgres
CMD ["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"]
