"""`python -m reports`: the command `dabiao`."""

from reports.cli.main import main

main()
