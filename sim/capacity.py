"""Places and beds as a stock: what is open, what opens, what closes, over the people they are for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Share of open places that close in a year, lowest and highest. No region publishes it: an assumption that the report
# lists.
CLOSING = (0.02, 0.08)


@dataclass(frozen=True)
class PlacesFlow:
    """A stock of places over the years. open: (draw, year) at year ends; opened, closed: (draw, year) during the year."""

    years: tuple[int, ...]
    open: np.ndarray
    opened: np.ndarray
    closed: np.ndarray


def run_places(start: np.ndarray, opened: np.ndarray, closing: np.ndarray, years: tuple[int, ...]) -> PlacesFlow:
    """Places year by year: open(t) = open(t-1) + opened(t) - closed(t), with closed(t) = closing x open(t-1).

    start: (draw,), places open at the end of the year before years[0]. opened: (draw, year), places. closing: (draw,) or
    (draw, year), a share a year. Raises ValueError for a share outside 0 to 1 or negative openings.
    """
    opened = np.asarray(opened, dtype=float)
    closing = np.broadcast_to(np.asarray(closing, dtype=float).reshape(len(start), -1), opened.shape)
    if (closing < 0).any() or (closing > 1).any():
        raise ValueError("The share of places that close in a year lies between 0 and 1.")
    if (opened < 0).any():
        raise ValueError("Places opened in a year cannot be negative; a reduction is a closing.")
    stock = np.asarray(start, dtype=float)
    open_, closed = np.empty_like(opened), np.empty_like(opened)
    for t in range(len(years)):
        closed[:, t] = closing[:, t] * stock
        stock = stock + opened[:, t] - closed[:, t]
        open_[:, t] = stock
    return PlacesFlow(tuple(years), open_, opened, closed)


def openings_for(rates: np.ndarray, start_rate: np.ndarray, people: np.ndarray, start_people: np.ndarray, closing):
    """The openings that a forecast of places per head implies, if its pace were kept on the people expected.

    rates: (draw, year), places per head. people: (draw, year) or (year,), the people the forecast had in mind. closing:
    (draw,), a share. A pace so slow that places shrink faster than they close opens none: openings are not negative.
    Gives (draw, year), places.
    """
    stock = np.concatenate([(start_rate * start_people)[:, None], rates * people], axis=1)
    return np.maximum(np.diff(stock, axis=1) + np.asarray(closing)[:, None] * stock[:, :-1], 0.0)
