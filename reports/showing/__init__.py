"""How it is shown: sections, charts, pages, tables and print."""
