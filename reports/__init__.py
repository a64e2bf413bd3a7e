"""Reports: what a person reads of an assessment, written by notebooks, on the terminal, as pages, print and tables."""

import dabiao  # noqa: F401  one thread a process, before numpy is imported
