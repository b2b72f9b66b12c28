"""The figures for Prometheus, on loopback only: queues, ages, alarms, disk. No figure is about a person or an answer.

They are those of the last look, at most a minute old, so that whoever asks often costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from bot.errors import SettingsError
from bot.operation.health import Health

HOST = "127.0.0.1"


class Figures(Collector):
    """Collects from the newest look and the numbers of alarms since the start."""

    def __init__(self, health: Callable[[], Health | None], alarms: Mapping[str, int]) -> None:
        self._health = health
        self._alarms = alarms

    def collect(self) -> Iterator[Metric]:
        """The figures; those of health from the first look on."""
        raised = CounterMetricFamily("kedergi_alarms", "Alarms raised since the start.", labels=["alarm"])
        for name, times in sorted(self._alarms.items()):
            raised.add_metric([name], times)
        yield raised
        if health := self._health():
            yield from _figures(health)


def _figures(health: Health) -> Iterator[Metric]:
    queues = health.queues
    waiting = GaugeMetricFamily("kedergi_waiting", "What waits in a queue.", labels=["queue"])
    oldest = GaugeMetricFamily("kedergi_oldest_seconds", "For how long the oldest has waited.", labels=["queue"])
    for name, queue in (("inbox", queues.inbox), ("outbox", queues.outbox), ("coder", queues.coder)):
        waiting.add_metric([name], queue.waiting)
        oldest.add_metric([name], queue.age.total_seconds())
    dead = GaugeMetricFamily("kedergi_dead_letters", "What was set aside.", labels=["queue"])
    dead.add_metric(["inbox"], queues.dead_updates)
    dead.add_metric(["outbox"], queues.dead_messages)
    yield from (waiting, oldest, dead)
    if health.backup_age is not None:
        yield GaugeMetricFamily(
            "kedergi_backup_age_seconds", "Age of the last backup.", value=health.backup_age.total_seconds()
        )
    yield GaugeMetricFamily("kedergi_disk_free_bytes", "Free room on the disk.", value=health.disk_free)
    yield GaugeMetricFamily("kedergi_database_bytes", "Size of the database file.", value=health.database_size)


@contextmanager
def served(port: int | None, figures: Collector) -> Iterator[None]:
    """Serve the figures on 127.0.0.1 for the length of a block; without a port nothing. Raises SettingsError."""
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(figures)
    try:
        server, thread = start_http_server(port, HOST, registry)
    except OSError as error:
        raise SettingsError(f"KEDERGI_METRICS_PORT: {HOST}:{port} cannot be listened on ({error.strerror})") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
