"""Run the indexer: `python -m services.indexer`."""

import os
import sys

from libs.common.domain.errors import TainError
from libs.common.runtime.logging import setup_logging
from libs.common.runtime.service import run_service
from libs.common.runtime.settings import read_settings
from services.indexer.app import create_app
from services.indexer.settings import IndexerSettings

if __name__ == "__main__":
    try:
        settings = read_settings(IndexerSettings, os.environ)
    except TainError as exc:
        sys.exit(f"tain indexer: {exc.message}")
    setup_logging("indexer", level=settings.log_level, format=settings.log_format)
    run_service(create_app(settings))
