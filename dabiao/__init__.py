"""Dabiao (达标): will a region reach the targets of its health plan, with what chance, on what evidence, and what must change?

One region is one small problem, and threads of the linear algebra library only get in each other's way when several
reports are made at once (a fit went from .3 to 7.4 s). So there is one thread, unless the user has said otherwise.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
