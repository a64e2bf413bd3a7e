"""A text in Chinese and English that is carried as one value."""

from __future__ import annotations

from typing import Any


class Bilingual(str):
    """A text in both languages. As a plain string it reads `中文 / English`, as JSON and lists of both print it.

    >>> text = Bilingual("假设", "assumption")
    >>> text.zh, text.lang("en"), str(text)
    ('假设', 'assumption', '假设 / assumption')
    """

    zh: str
    en: str

    def __new__(cls, zh: str, en: str) -> Bilingual:
        made = super().__new__(cls, f"{zh} / {en}")
        made.zh, made.en = zh, en
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # what __new__ takes
        return self.zh, self.en

    def lang(self, lang: str) -> str:
        """The text in Chinese ("zh") or English ("en")."""
        return self.zh if lang == "zh" else self.en

    def format(self, *values: Any, **named: Any) -> Bilingual:
        """The same with its figures filled in, in both languages."""
        return Bilingual(self.zh.format(*values, **named), self.en.format(*values, **named))
