"""Drafts of what was read in a plan or a bulletin: the page that shows it, the workbook that confirms it, the entries."""
