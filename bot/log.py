"""Logging: one line an event, without personal data. JSON, or in a terminal aligned words for the person watching.

The Bot API address holds the token and httpx logs every address at INFO, so libraries speak from WARNING on only;
python-telegram-bot writes answers that it cannot parse to the log, with what people wrote, so it does not speak at all.
Our own events carry kinds, counts and keys, never a text, a name or a Telegram id.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor


def set_up_logging() -> None:
    """Log to stderr: ours from INFO, libraries from WARNING."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    shown: Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
