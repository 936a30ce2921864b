"""Run the fetcher: `python -m services.fetcher`."""

import os
import sys

from libs.common.adapters.upstream.proxies import with_usual_proxies
from libs.common.domain.errors import TainError
from libs.common.runtime.logging import setup_logging
from libs.common.runtime.service import run_service
from libs.common.runtime.settings import read_settings
from services.fetcher.app import create_app
from services.fetcher.settings import FetcherSettings

if __name__ == "__main__":
    try:
        settings = read_settings(FetcherSettings, with_usual_proxies(os.environ))
    except TainError as exc:
        sys.exit(f"tain fetcher: {exc.message}")
    setup_logging("fetcher", level=settings.log_level, format=settings.log_format)
    run_service(create_app(settings))
