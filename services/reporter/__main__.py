"""Run the reporter: `python -m services.reporter`."""

import os
import sys

from libs.common.domain.errors import TainError
from libs.common.runtime.logging import setup_logging
from libs.common.runtime.service import run_service
from libs.common.runtime.settings import read_settings
from services.reporter.app import create_app
from services.reporter.settings import ReporterSettings

if __name__ == "__main__":
    try:
        settings = read_settings(ReporterSettings, os.environ)
        app = create_app(settings)
    except TainError as exc:
        sys.exit(f"tain reporter: {exc.message}")
    setup_logging("reporter", level=settings.log_level, format=settings.log_format)
    run_service(app)
