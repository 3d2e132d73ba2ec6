# Two images from one code: `app` serves the website, delivers, dispatches and migrates; `heavy` adds the libraries of
# linkage and PDF for worker-heavy. `make image-test` builds, starts and checks both (docs/how-to/images.md).
ARG PYTHON_IMAGE=python:3.13-slim

FROM $PYTHON_IMAGE AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The environment of the image has no pip.
RUN python -m venv /tools && python -m venv --without-pip /venv
COPY requirements/base.txt /tmp/base.txt
# A build that needs its own settings of pip gets them as secrets, which are mounted for one step and are in no layer.
# Left out of the image: the phone library's places and carriers, translations (USE_I18N is off), and Redoc.
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle,target=/run/build/ca.crt \
    /tools/bin/python -m pip --python /venv/bin/python install --quiet --no-deps --require-hashes -r /tmp/base.txt \
    && rm -rf /venv/lib/python3*/site-packages/phonenumbers/geodata /venv/lib/python3*/site-packages/phonenumbers/carrierdata \
        /venv/lib/python3*/site-packages/drf_spectacular_sidecar/static/drf_spectacular_sidecar/redoc \
    && find /venv \( -name '*.po' -o -name '*.mo' \) -delete

FROM libraries AS heavy-libraries
COPY requirements/heavy.txt /tmp/heavy.txt
# Only the difference stays, because the image `heavy` continues `app`.
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf --mount=type=secret,id=ca_bundle,target=/run/build/ca.crt \
    /tools/bin/python -m pip install --quiet --no-deps --require-hashes --target /heavy -r /tmp/heavy.txt \
    && for path in /venv/lib/python3*/site-packages/*; do rm -rf "/heavy/${path##*/}"; done \
    && rm -rf /heavy/bin /heavy/share

FROM libraries AS code
WORKDIR /app
COPY . .
# Settings refuse to load half-configured; these values serve this one command and go no further.
RUN SECRET_KEY=none VAULT_KEYS=none \
    PUBLIC_URL=https://build.invalid ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgresql://build@build/build REDIS_URL=none EMAIL_URL=none \
    /venv/bin/python manage.py collectstatic --no-input \
    # Django collects a script only with its source map, which nothing else needs.
    && find .static -name '*.map*' -delete
RUN /venv/bin/python -m compileall -q /app

FROM $PYTHON_IMAGE AS app
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pagetojob
# A fresh volume takes over the folder with its owner.
RUN install -d -o 10001 -m 0700 /var/lib/pagetojob/audit /var/lib/pagetojob/recovery && install -d -o 10001 -m 0755 /var/lib/pagetojob/certificates
COPY --from=libraries /venv /venv
COPY --from=code /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=pagetojob.settings \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--no-control-socket", "--limit-request-line", "0", "--worker-class", "gthread", "--workers", "2", \
     "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000", "pagetojob.wsgi"]
# The build gives the version as an option, `--label org.opencontainers.image.version=…`: buildah takes a LABEL with another
# value of a build argument from its cache.
LABEL org.opencontainers.image.title=PageToJob

FROM app AS heavy
USER root
# The libraries that WeasyPrint loads to make PDFs, and the fonts it sets them in.
RUN --mount=type=secret,id=apt_conf,target=/etc/apt/apt.conf.d/99build \
    apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation fonts-dejavu-core >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
COPY --from=heavy-libraries /heavy /heavy
# Not by PYTHONPATH, which the processes that make PDFs and link do not inherit.
RUN python -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'heavy.pth').write_text('/heavy\n')"
USER 10001
