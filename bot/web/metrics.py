"""Prometheus counters of the web process.

Several gunicorn workers share one folder when PROMETHEUS_MULTIPROC_DIR names it before this module is
imported: each scrape then sums over all of them. The folder has to be empty when the processes start. Without
it a scrape sees the one worker that answers it.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from bot.web.context import ports
from bot.web.counted import QuotaLeft

REQUESTS = Counter("peizhen_http_requests_total", "Answers by view and status", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "peizhen_http_seconds",
    "Time to answer by view",
    ["endpoint"],
    # 4.3 s: our limit for WeChat, 5 s: WeChat's
    buckets=(0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 4.3, 4.8, 5.0, 10.0),
)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


def _begin() -> None:
    g.began = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "OTHER"
    REQUESTS.labels(endpoint, method, str(response.status_code)).inc()
    if "began" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
    return response


def scrape() -> Response:
    """Text of all counters, over all workers when they share a folder."""
    return Response(generate_latest(_registry()) + generate_latest(_asked()), content_type=CONTENT_TYPE_LATEST)


def _asked() -> CollectorRegistry:
    """What the database knows and no process counts."""
    asked = CollectorRegistry(auto_describe=False)
    asked.register(QuotaLeft(ports()))
    return asked


def _registry() -> CollectorRegistry:
    shared = CollectorRegistry()
    try:
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    except ValueError:  # no folder is shared
        return REGISTRY
    return shared


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_count)
