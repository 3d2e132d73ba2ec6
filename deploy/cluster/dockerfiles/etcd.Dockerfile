# The store in which Patroni's nodes agree on the primary.
ARG DEBIAN_IMAGE=debian:13-slim
FROM $DEBIAN_IMAGE
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends etcd-server etcd-client >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
CMD ["etcd"]
