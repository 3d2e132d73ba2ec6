# Leads connections to the primary: it asks Patroni on each node.
ARG DEBIAN_IMAGE=debian:13-slim
FROM $DEBIAN_IMAGE
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends haproxy >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
USER haproxy
CMD ["haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
