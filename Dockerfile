# One image for website, workers, dispatcher and migrations. Built and checked by its parts, see README.
ARG PYTHON_IMAGE=python:3.13-slim
FROM $PYTHON_IMAGE AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
RUN /venv/bin/python -m pip install --quiet --require-hashes -r /tmp/base.txt
WORKDIR /app
COPY . .
# Settings refuse to load half-configured; these values serve this one command and go no further.
RUN SECRET_KEY=none VAULT_KEYS=none \
    PUBLIC_URL=https://build.invalid ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgresql://build@build/build REDIS_URL=none EMAIL_URL=none \
    /venv/bin/python manage.py collectstatic --no-input
RUN /venv/bin/python -m compileall -q /app

FROM $PYTHON_IMAGE
# What WeasyPrint loads to make the PDF packet, and the fonts it is set in; only the workers use them.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pagetojob
# A fresh volume takes over the folder with its owner.
RUN install -d -o 10001 -m 0700 /var/lib/pagetojob/audit /var/lib/pagetojob/recovery && install -d -o 10001 -m 0755 /var/lib/pagetojob/certificates
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=pagetojob.settings \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--no-control-socket", "--limit-request-line", "0", "--worker-class", "gthread", "--workers", "2", \
     "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000", "pagetojob.wsgi"]
