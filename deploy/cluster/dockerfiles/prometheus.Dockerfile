# Reads the metrics of every part.
ARG DEBIAN_IMAGE=debian:13-slim
FROM $DEBIAN_IMAGE
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends prometheus >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
RUN install -d -o nobody -g nogroup /data
USER nobody
CMD ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data"]
