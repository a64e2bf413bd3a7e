"""Charts, each with its unit, source and interval."""
