"""Dabiao (达标): will a region reach the targets of its health plan, with what chance, on what evidence, and what must change?

    import dabiao as db

    db.regions(), db.observations(...), db.targets(...)      what is published and promised, as pandas frames
    db.forecast(...), db.project(...)                        an indicator's and the people's possible futures
    db.assess(...), db.reach(...)                            every target's chance; what it takes to reach one
    db.bring(...), db.propose(...)                           the figures that decide most; targets for 2030
    db.scenario(...), db.compare(...), db.simulate(...)      levers, regions side by side, every resident as an agent

These names are stable; everything else is private. They are imported when first used, so `import dabiao` costs nothing.

One region is one small problem, and threads of the linear algebra library only get in each other's way when several
reports are made at once (a fit went from .3 to 7.4 s). So there is one thread, unless the user has said otherwise.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dabiao.api import (
        assess,
        bring,
        compare,
        forecast,
        observations,
        project,
        propose,
        reach,
        regions,
        scenario,
        simulate,
        targets,
    )

__all__ = [
    "assess",
    "bring",
    "compare",
    "forecast",
    "observations",
    "project",
    "propose",
    "reach",
    "regions",
    "scenario",
    "simulate",
    "targets",
]

# Whatever was set: with more threads BLAS adds up in another order, and the same seed would give other bytes.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'dabiao' has no attribute {name!r}; it offers {', '.join(__all__)}")
    from dabiao import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
