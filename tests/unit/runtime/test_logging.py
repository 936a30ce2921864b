"""What reaches the log of a process, and in which shape."""

import json
import subprocess
import sys

import pytest

SET_UP = """
import logging, structlog
from libs.common.domain.errors import ContentMismatch
from libs.common.runtime.logging import setup_logging
setup_logging("api")
def answer(error):
    try:
        try:
            raise error
        except type(error) as exc:
            raise RuntimeError("after the response started") from exc
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
"""


def logged(script: str) -> str:
    """Run a few lines in a process whose logging is set up, and return what it logged."""
    command = [sys.executable, "-c", SET_UP + script]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def test_an_event_is_one_line_of_json_with_its_service() -> None:
    """Facts are keywords."""
    line = json.loads(logged('structlog.get_logger().info("run_ended", run_id="r1")'))

    assert (line["event"], line["service"], line["run_id"], line["level"]) == ("run_ended", "api", "r1", "info")


def test_our_own_error_in_the_web_server_is_one_line() -> None:
    """A wrong file breaks the stream off on purpose; that is no traceback."""
    written = logged('answer(ContentMismatch("the digest is not what the record says"))')

    assert written.splitlines() == ["uvicorn.error ERROR answer broken off: content_mismatch"]


def test_a_foreign_error_keeps_its_traceback() -> None:
    """A bug is to be found."""
    assert "Traceback" in logged('answer(KeyError("x"))')


@pytest.mark.parametrize("name", ["httpx", "aiohttp", "nats"])
def test_loggers_that_write_whole_urls_are_quiet(name: str) -> None:
    """A source's URL may hold a token."""
    assert logged(f'logging.getLogger("{name}").info("GET https://host/t/TOKEN/x")') == ""
