"""Sections of a report: a sentence, a chart and a table each."""
