# Our own processes with a clock that a drill can set: the library answers with the time plus the offset in /clock/offset.
ARG APP_IMAGE=pagetojob-heavy:latest
FROM $APP_IMAGE
USER root
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libfaketime >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
USER 10001
