"""Policy documents in files."""

import sys
from pathlib import Path

from libs.client.errors import CommandFailed
from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy_document import PolicyDocument
from libs.common.domain.policy_text import TextForm, read_policy_text

STANDARD_INPUT = "-"


def read_document(file: str) -> PolicyDocument:
    """Read a document, or say what is wrong with it before anything is sent.

    Raises:
        CommandFailed: when there is no such file, or it holds no policy.
    """
    try:
        return read_policy_text(read_file(file), form=form_of_file(file))
    except InvalidInput as exc:
        raise CommandFailed(f"{file}: {exc.message}") from exc


def read_file(file: str) -> bytes:
    """Return a file's bytes; `-` stands for standard input.

    Raises:
        CommandFailed: when it can't be read.
    """
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as exc:
        raise CommandFailed(f"{file} can't be read: {exc.strerror}") from exc


def form_of_file(file: str) -> TextForm:
    """Return how a file is written, by its name; JSON is YAML as well, but has a stricter reader."""
    return TextForm.JSON if file.lower().endswith(".json") else TextForm.YAML
