"""The browser that some tests drive, or why they do not run."""

import shutil
import warnings

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
NOT_TESTED = (
    "No Chromium is installed here: this was NOT tested in a browser (apt-get install chromium, as .ci/run does)."
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=NOT_TESTED)
if CHROMIUM is None:
    warnings.warn(NOT_TESTED, stacklevel=1)  # so that even a quiet run says so
