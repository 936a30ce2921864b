"""Run the scheduler: `python -m services.scheduler`."""

import os
import sys

from libs.common.adapters.upstream.proxies import with_usual_proxies
from libs.common.domain.errors import TainError
from libs.common.runtime.logging import setup_logging
from libs.common.runtime.service import run_service
from libs.common.runtime.settings import read_settings
from services.scheduler.app import create_app
from services.scheduler.settings import SchedulerSettings

if __name__ == "__main__":
    try:
        settings = read_settings(SchedulerSettings, with_usual_proxies(os.environ))
    except TainError as exc:
        sys.exit(f"tain scheduler: {exc.message}")
    setup_logging("scheduler", level=settings.log_level, format=settings.log_format)
    run_service(create_app(settings))
