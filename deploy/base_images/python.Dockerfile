# Stands for python:3.13-slim, where no container registry is reachable.
ARG DEBIAN_IMAGE
FROM $DEBIAN_IMAGE
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates netbase python3 python3-venv python-is-python3 tzdata >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
CMD ["python3"]
