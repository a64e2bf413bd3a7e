"""Every text that a reader sees, in Chinese and English side by side, by key. `message` is the one way to look one up."""

from __future__ import annotations

from typing import Any

from reports.messages import figures, levers, planner, texts, words

LANGS = ("zh", "en")
TABLES = (
    texts.TEXTS,
    levers.TEXTS,
    planner.TEXTS,
    figures.TEXTS,
    {f"verdict_{key}": pair for key, pair in words.VERDICT_WORDS.items()},
    {f"unit_{key}": pair for key, pair in words.UNITS.items()},
)
MESSAGES = {key: pair for table in TABLES for key, pair in table.items()}


def message(key: str, lang: str, **numbers: Any) -> str:
    """The sentence or label of a key in Chinese ("zh") or English ("en"), its numbers filled in. Raises KeyError.

    >>> message("verdict_likely", "en"), message("heading_year", "zh")
    ('likely', '年份')
    """
    return MESSAGES[key][LANGS.index(lang)].format(**numbers)
