"""What kind of engine gave an outlook or a verdict, told apart by an enum; what it calls itself is free text beside it."""

from __future__ import annotations

from enum import Enum


class Method(Enum):
    """The kinds of engine. A value is the name by default; `Method.named` gives any other."""

    COHORT = "cohort component"
    AGENTS = "agents"
    STOCK_AND_FLOW = "stock and flow"
    PEERS = "peers"
    OWN_POINTS = "own points only"
    POOLED = "pooled local trend"
    SINGLE = "local trend of the series alone"
    SERIES = "a model of one series"
    COUNTS = "negative binomial around the common trend"
    STANDS_IN = "stands in"
    LIFE_EXPECTANCY = "gain beside the parent"
    FERTILITY = "log walk beside the parent"
    RECORD = "record of plan targets"
    OTHER = "another method"

    def named(self, text: str | None = None) -> MethodName:
        """The name of a method of this kind, which knows its kind.

        >>> pace = Method.STOCK_AND_FLOW.named("stock and flow over people; pace: pooled local trend")
        >>> pace.startswith("stock"), kind(pace).name
        (True, 'STOCK_AND_FLOW')
        """
        return MethodName(self.value if text is None else text, self)


class MethodName(str):
    """The name of a method as it is printed, and its kind."""

    kind: Method

    def __new__(cls, text: str, kind: Method) -> MethodName:
        name = super().__new__(cls, text)
        name.kind = kind
        return name

    def __reduce__(self) -> tuple[type[MethodName], tuple[str, Method]]:
        """So that the kind survives pickling and copying."""
        return MethodName, (str(self), self.kind)


def kind(name: str) -> Method:
    """The kind of a method by its name; OTHER for a plain string.

    >>> kind("births / births for each delivery")
    <Method.OTHER: 'another method'>
    """
    return name.kind if isinstance(name, MethodName) else Method.OTHER
