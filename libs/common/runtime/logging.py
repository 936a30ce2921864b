"""Structured logs: a constant event name, facts as keywords, never a secret.

Context (`service`, and per message `run_id`, `channel` …) is bound once, here and in the bus.
"""

import logging
import sys
from typing import Literal

import structlog

from libs.common.domain.errors import TainError

LogFormat = Literal["json", "console"]


def setup_logging(service: str, *, level: str = "info", format: LogFormat = "json") -> None:
    """Make structlog write one line an event to standard error, and quieten foreign loggers."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer = structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr)
    # These log whole URLs at INFO, and a source's URL may hold a token.
    for name in ("httpx", "httpcore", "aiohttp", "nats", "faststream"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_in_one_line)


def _in_one_line(record: logging.LogRecord) -> bool:
    """Tell of our own errors in a line: breaking a stream off is how a wrong file is kept from a client."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    while error is not None and not isinstance(error, TainError):
        error = error.__cause__ or error.__context__
    if error is not None:
        record.msg, record.args, record.exc_info = "answer broken off: %s", (error.code,), None
    return True
