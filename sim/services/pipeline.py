"""Places and beds as a stock with a pipeline: planned, approved, building, open, closed, and converted from kindergartens.

What opens fills the room that is there: private and subsidised places up to the children who want one, all places up to
the children old enough. In a draw the stock at a year's end never falls when more is opened, earlier or later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = ("public", "subsidised", "private")
STAGES = ("planned", "approved", "building")
# Shares of the time from project to opening spent in each stage. An assumption.
STAGE_SHARES = (0.3, 0.1, 0.6)
SOFT = 0.7  # of the room that is filled before openings begin to slow. An assumption


@dataclass(frozen=True)
class Pipeline:
    """What is on its way. started, opened, given_up: (draw, year), during the year; waiting: (stage, draw, year), at its end.

    All that was started is waiting, opened or given up.
    """

    started: np.ndarray
    waiting: np.ndarray
    opened: np.ndarray
    given_up: np.ndarray


@dataclass(frozen=True)
class PlacesFlow:
    """A stock over the years. open: (draw, year, kind) at year ends; opened, closed: the same, during the year.

    held_back: (draw, year), openings that found no room and were not made.
    """

    years: tuple[int, ...]
    open: np.ndarray
    opened: np.ndarray
    closed: np.ndarray
    held_back: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """All that is open: (draw, year)."""
        return self.open.sum(-1)


@dataclass(frozen=True)
class ImpliedFlows:
    """What a forecast of the stock implies. opened, fewer: (draw, year): openings, and what closes beyond the usual share.

    One of the two is zero in each year; with both, and nothing in their way, the stock is the forecast's.
    """

    opened: np.ndarray
    fewer: np.ndarray


def implied(stock: np.ndarray, start: np.ndarray, closing: np.ndarray) -> ImpliedFlows:
    """The openings that a forecast of the stock implies. stock: (draw, year); start: (draw,); closing: (draw,), a share."""
    before = np.concatenate([start[:, None], stock[:, :-1]], axis=1)
    change = stock - (1 - np.asarray(closing)[:, None]) * before
    return ImpliedFlows(np.maximum(change, 0.0), np.maximum(-change, 0.0))


def delayed(flow: np.ndarray, lag: np.ndarray) -> np.ndarray:
    """A yearly flow some years later: (draw, year). lag: (draw,), years; a part of a year splits the flow between two."""
    whole = np.floor(lag).astype(int)
    part = (lag - whole)[:, None]
    years = np.arange(flow.shape[1])
    padded = np.concatenate([flow, np.zeros((len(flow), 1))], axis=1)

    def back(by: np.ndarray) -> np.ndarray:
        index = years - by[:, None]
        return np.take_along_axis(padded, np.where(index < 0, flow.shape[1], index), axis=1)

    return (1 - part) * back(whole) + part * back(whole + 1)


def run_pipeline(started: np.ndarray, lag: np.ndarray, approved: np.ndarray, completed: np.ndarray) -> Pipeline:
    """What was started, stage by stage to opening. started: (draw, year). lag: (draw,), years from project to opening.

    approved: (draw,), share of the planned that is approved; completed: (draw,), share of the approved that opens. Raises
    ValueError for negative starts or lags, or shares outside 0 to 1.
    """
    started = np.asarray(started, dtype=float)
    if (started < 0).any() or (np.asarray(lag) < 0).any():
        raise ValueError("What is started in a year, and the years until it opens, cannot be negative.")
    for rate in (approved, completed):
        if (np.asarray(rate) < 0).any() or (np.asarray(rate) > 1).any():
            raise ValueError("The shares that are approved and completed lie between 0 and 1.")
    going, waiting, given_up = started, [], np.zeros_like(started)
    passing: tuple[np.ndarray | None, ...] = (approved, None, completed)
    for share, odds in zip(STAGE_SHARES, passing, strict=True):
        leaving = delayed(going, np.asarray(lag) * share)
        waiting.append(np.cumsum(going - leaving, axis=1))
        going = leaving if odds is None else leaving * np.asarray(odds)[:, None]
        given_up = given_up + leaving - going
    return Pipeline(started, np.stack(waiting), going, given_up)


def soft_cap(wanted: np.ndarray, room: np.ndarray) -> np.ndarray:
    """What `wanted` comes to where there is room for `room`: all of it up to SOFT of the room, then ever less of it.

    Rises with both and never passes the room.
    """
    ends = np.isfinite(room)
    room = np.where(ends, np.maximum(room, 1e-9), 1.0)
    soft = SOFT * room
    slowed = soft + (room - soft) * -np.expm1(-np.maximum(wanted - soft, 0.0) / (room - soft))
    return np.where(ends & (wanted > soft), slowed, wanted)


def run_places(
    start: np.ndarray,
    opened: np.ndarray,
    closing: np.ndarray,
    years: tuple[int, ...],
    *,
    fewer: np.ndarray | float = 0.0,
    room: np.ndarray | float = np.inf,
    most: np.ndarray | float = np.inf,
    excess_closing: np.ndarray | float = 0.0,
) -> PlacesFlow:
    """Places year by year: a share closes, what is beyond the room closes faster, and new ones open while there is room.

    start: (draw, kind), open at the end of the year before years[0]. opened: (draw, year, kind), ready to open, public
    first. closing: (draw, year), a share. fewer: (draw, year), places that close besides. room: (draw, year), places of all
    kinds beyond which subsidised and private ones do not open; most: the same for public ones. excess_closing: (draw,), share
    of the places beyond `room` that close in a year. Raises ValueError for shares outside 0 to 1 or negative openings.

    The total after a year is a rising function of the total before it and of what was ready to open, so more openings in
    any year leave no fewer places in any later one.
    """
    opened = np.asarray(opened, dtype=float)
    draws, span, _ = opened.shape
    years = tuple(years)[:span]
    closing, fewer, room, most = (
        np.broadcast_to(np.asarray(a, dtype=float), (draws, span)) for a in (closing, fewer, room, most)
    )
    excess_closing = np.broadcast_to(np.asarray(excess_closing, dtype=float), (draws,))
    for share in (closing, excess_closing):
        if (share < 0).any() or (share > 1).any():
            raise ValueError("The share of places that close in a year lies between 0 and 1.")
    if (opened < 0).any() or (fewer < 0).any():
        raise ValueError("Places opened in a year cannot be negative; a reduction is a closing.")
    stock = np.array(start, dtype=float)
    open_, made, closed = (np.empty_like(opened) for _ in range(3))
    held_back = np.empty((draws, span))
    for t in range(span):
        staying = stock * (1 - closing[:, t, None])
        over = np.where(np.isfinite(room[:, t]), np.maximum(staying.sum(-1) - room[:, t], 0.0), 0.0)
        staying = _without(staying, excess_closing * over + fewer[:, t])
        closed[:, t] = stock - staying
        made[:, t] = _opening(staying.sum(-1), opened[:, t], room[:, t], most[:, t])
        held_back[:, t] = opened[:, t].sum(-1) - made[:, t].sum(-1)
        stock = staying + made[:, t]
        open_[:, t] = stock
    return PlacesFlow(years, open_, made, closed, held_back)


def _without(stock: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """What is left when `closing` places close, private ones first: (draw, kind)."""
    below = np.cumsum(stock, axis=-1)
    left = np.minimum(below, np.maximum(below[:, -1] - closing, 0.0)[:, None])
    return np.diff(left, axis=-1, prepend=0.0)


def _opening(staying: np.ndarray, ready: np.ndarray, room: np.ndarray, most: np.ndarray) -> np.ndarray:
    """The places of each kind that open, (draw, kind), beside the `staying` (draw,)."""
    total = np.maximum(staying, soft_cap(staying + ready[:, 0], most))
    steps = [staying, total]
    for ready_so_far in np.cumsum(ready[:, 1:], axis=-1).T:
        steps.append(np.maximum(steps[-1], soft_cap(total + ready_so_far, np.minimum(room, most))))
    return np.diff(np.stack(steps, axis=-1), axis=-1)


def freed_places(seats: np.ndarray, children: np.ndarray, share: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Nursery places that free kindergarten seats turn into each year: (draw, year).

    seats: (draw,), kindergarten seats at the start. children: (draw, year), those who go to kindergarten. share: (year,), of
    the seats still free that are converted in a year. places: (draw,), nursery places a seat makes. A converted seat is
    gone for good, so no seat is converted twice.
    """
    converted = np.zeros(len(seats))
    made = np.empty_like(children)
    for t in range(children.shape[1]):
        free = np.maximum(seats - converted - children[:, t], 0.0)
        made[:, t] = free * share[t]
        converted = converted + made[:, t]
    return made * places[:, None]


def use(places: np.ndarray, takers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Children in places, the share of places used, and children waiting, each of the shape of `places`.

    takers: children whose parents would take a place at its fee. A place holds one child.
    """
    inside = np.minimum(places, takers)
    used = np.divide(inside, places, out=np.zeros_like(inside), where=places > 0)
    return inside, used, takers - inside


def per_head(stock: np.ndarray, people: np.ndarray, per: float) -> np.ndarray:
    """The stock per `per` of the people it is for: 5.55 places per 1,000 residents can be 30, or 50, per 100 under 3."""
    return per * stock / people
