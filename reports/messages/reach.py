"""What it takes, and what two scenarios differ in, as text for a terminal or a page and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dabiao.cheapest import units_of
from dabiao.comparison import Comparison, Effect
from dabiao.reachability import Reach
from planning.levers import Lever
from reports.messages import message, wording
from reports.messages.wording import figure, number, percent

CAUSES = {
    "pace": "pace_cause",
    "residents": "counted_residents",
    "children_under_3": "counted_children_under_3",
    "children_0_14": "counted_children_0_14",
}


def reach_lines(r: Reach, lang: str) -> Iterator[str]:
    """The answer line by line, the gap first, the assumptions last."""
    what, v, about = r.what, r.verdict, r.what.about
    name, target = what.region.name(lang), what.target
    asked = wording.comparison(target, about, lang)
    yield message("reach_title", lang, region=name, indicator=about.name(lang), asked=asked, year=target.year)
    if what.past:
        yield message("as_seen", lang, day=what.model.as_of.isoformat())
    yield message(
        "reach_chance",
        lang,
        chance=percent(r.chance, lang),
        interval=wording.interval_of(v, about, lang),
        median=wording.median_of(v, about, lang),
        grade=v.evidence,
    )
    yield from _gap_lines(r, lang)
    yield from _chance_lines(r, lang)
    if r.idle:
        names = ("、" if lang == "zh" else ", ").join(what.levers[id].name(lang) for id in r.idle)
        yield "\n" + message("idle", lang, names=names)
    if not r.levers:
        yield "\n" + message("reach_no_levers", lang)
    else:
        yield from _lever_lines(r, lang)
        yield from _purchase_lines(r, lang)
    yield from _signpost_lines(r, lang)
    yield from _rest_lines(r, lang)


def _gap_lines(r: Reach, lang: str) -> Iterator[str]:
    about = r.what.about
    yield "\n" + message("reach_gap", lang)
    if r.verdict.gap is not None and not r.verdict.vague:
        key = "reach_gap_short" if r.verdict.gap > 0 else "reach_gap_over"
        yield "  " + message(key, lang, gap=wording.difference(r.verdict.gap, about, lang))
    if r.shortage:
        s = r.shortage
        for chance, needed in s.needed:
            line = message("shortage", lang, there=number(s.there, lang), of=message(f"counted_{s.of}", lang), chance=percent(chance, lang),
                       needed=number(math.ceil(needed), lang))  # fmt: skip
            if s.each and chance == s.needed[-1][0]:
                parts = dict(s.each)
                line += message("each", lang, full_time=number(parts["staff_full_time"], lang),
                            practising=number(parts["staff_practising"], lang))  # fmt: skip
            yield "  " + line
    if r.use:
        (low, _, high), (fewest, _, most) = r.use.used, r.use.waiting
        yield "  " + message("use", lang, low=percent(low, lang), high=percent(high, lang), fewest=number(fewest, lang),
                         most=number(most, lang))  # fmt: skip
    if r.pace:
        p = r.pace
        yield "  " + message("pace_since", lang, needed=wording.signed(p.needed, about, lang), year=p.since[0],
                         estimated=message("estimated", lang) if p.estimated else "",
                         value=figure(p.since[1], about, lang))  # fmt: skip
        if p.own is not None:
            yield "  " + message("own_pace", lang, own=wording.signed(p.own, about, lang))
        if p.percentile is None:
            yield "  " + message("no_peers", lang)
        else:
            yield "  " + message("peer_pace", lang, windows=p.windows, regions=p.regions, length=p.length,
                             share=percent(p.percentile, lang))  # fmt: skip
    if r.denominator:
        d = r.denominator
        groups = [f"{message('counted_residents', lang)} {d.residents:+.1%}"]
        if d.of != "residents":
            of = f"counted_{d.of}"
            groups.append(f"{message(of, lang)} {d.group:+.1%}")
        yield "  " + message("denominator", lang, groups=("、" if lang == "zh" else ", ").join(groups), since=d.since,
                         chance=percent(d.chance, lang), median=figure(d.median, about, lang),
                         moved=wording.signed(d.moved, about, lang))  # fmt: skip
        if d.per_100:
            ends = dict(zip(("low", "middle", "high"), (f"{x:.0f}" for x in d.per_100), strict=True))
            yield "  " + message("per_100", lang, **ends)


def _chance_lines(r: Reach, lang: str) -> Iterator[str]:
    about = r.what.about
    if r.at_chance:
        yield "\n" + message("at_chance", lang)
        yield "  " + "   ".join(f"{percent(p, lang)}: {figure(x, about, lang)}" for p, x in r.at_chance)
    yield "\n" + message("reach_years", lang)
    last = r.what.model.outlooks[about.id].years[-1]
    never = message("not_by", lang, year=last)
    yield "  " + "   ".join(f"{percent(p, lang)}: {y or never}" for p, y in r.years)


def _lever_lines(r: Reach, lang: str) -> Iterator[str]:
    what = r.what
    yield "\n" + message("alone", lang, since=what.model.first_year)
    for id in r.levers:
        parts = []
        for b in (b for b in r.alone if b.lever == id):
            if b.setting is None:
                told = message("alone_none", lang, best=percent(b.best, lang))
            elif b.setting == what.levers[id].neutral:
                told = message("already", lang)
            else:
                told = setting(what.levers[id], b.setting, lang) + _in_units(r, id, b.setting, lang)
            parts.append(f"{percent(b.wanted, lang)}: {told}")
        yield (
            f"  {what.levers[id].name(lang)}: " + "；".join(parts)
            if lang == "zh"
            else f"  {what.levers[id].name(lang)}: " + "; ".join(parts)
        )
    yield "\n" + message("tornado", lang)
    for bar in r.tornado:
        settings = " / ".join(f"{x:g}" for x in bar.settings)
        chances = " / ".join(percent(c, lang) for c in bar.chances)
        line = f"  {what.levers[bar.lever].name(lang)}: {settings} -> {chances}"
        yield line
    yield "\n" + message("steps", lang)
    yield f"  {percent(r.chance, lang)}"
    for s in r.steps:
        yield f"  {_points(s.by, lang)}  {what.levers[s.lever].name(lang)} {setting(what.levers[s.lever], s.setting, lang)}"
    if r.steps:
        yield f"  = {percent(r.steps[-1].chance, lang)}"


def _points(by: float, lang: str) -> str:
    """What a lever adds to a chance: percentage points, which are no per cents of it."""
    shown = f"{100 * by:+.1f}".replace("-", "−")
    return f"{shown} 个百分点" if lang == "zh" else f"{shown} points"


def _purchase_lines(r: Reach, lang: str) -> Iterator[str]:
    if r.chance >= r.wanted:
        return
    yield "\n" + message("purchase", lang, chance=percent(r.wanted, lang))
    p = r.purchase
    if p is None:
        yield "  " + message("purchase_none", lang, chance=percent(r.wanted, lang), best=percent(r.best_together, lang))
        return
    for (id, value), units, yuan in zip(p.settings, p.units, p.yuan or [None] * len(p.units), strict=True):
        line = f"  {r.what.levers[id].name(lang)} {setting(r.what.levers[id], value, lang)}"
        if units:
            line += _in_units(r, id, value, lang)
        if yuan is not None:
            line += f" {number(yuan, lang)} {'元' if lang == 'zh' else 'yuan'}"
        yield line
    if p.yuan:
        yield "  " + message("purchase_total", lang, yuan=number(p.total, lang), chance=percent(p.chance, lang))
    else:
        yield "  " + message("purchase_effort", lang, chance=percent(p.chance, lang))
    if not p.plausible:
        yield "  " + message("beyond", lang)


def _signpost_lines(r: Reach, lang: str) -> Iterator[str]:
    if not r.signposts:
        return
    about = r.what.about
    down = wording.lower_is_the_aim(r.what.target)
    yield "\n" + message("signposts", lang)
    for s in r.signposts:
        if s.danger is not None:
            yield "  " + message("danger", lang, year=s.year, side=message("side_above" if down else "side_below", lang),
                             value=figure(s.danger, about, lang), odds=percent(s.odds, lang))  # fmt: skip
        if s.safe is not None:
            yield "  " + message("safe", lang, year=s.year, side=message("side_below" if down else "side_above", lang),
                             value=figure(s.safe, about, lang))  # fmt: skip


def _rest_lines(r: Reach, lang: str) -> Iterator[str]:
    if r.matters:
        yield "\n" + message("matters", lang)
        yield "  " + "   ".join(f"{cause_name(r, id, lang)} {share:.0%}" for id, share in r.matters.items())
        yield "  " + message("nothing_else", lang)
    yield "\n" + message("assumptions", lang)
    for sentence in r.assumptions:
        yield "  - " + wording.one_language(sentence, lang)


def setting(lever: Lever, value: float, lang: str) -> str:
    """A setting with its unit: 1.5 times the baseline."""
    places = max(0, -math.floor(math.log10(lever.step)) + 1)
    return (
        f"{round(value, places):g}（{lever.unit_name(lang)}）"
        if lang == "zh"
        else f"{round(value, places):g} {lever.unit_name(lang)}"
    )


def cause_name(r: Reach, id: str, lang: str) -> str:
    """What a circumstance or assumption is called."""
    if id in CAUSES:
        return message(CAUSES[id], lang)
    prior = r.what.model.lever_model.priors.get(id)
    return (prior.zh if lang == "zh" else prior.en) if prior else r.what.levers[id].name(lang)


def _in_units(r: Reach, id: str, value: float, lang: str) -> str:
    units, stock = units_of(r.what, id, value), r.what.stock
    if not units:
        return ""
    told = message("real_units", lang, units=f"{number(units, lang)} {message(f'counted_{stock.unit}', lang)}")
    return f"，{told}" if lang == "zh" else f", {told}"


def reach_plain(r: Reach) -> dict:
    """The answer as plain values, rounded to seven significant figures; what is not known is null."""
    what, v, t = r.what, r.verdict, r.what.target
    return _plain({
        "region": {"code": what.region.key, "name_zh": what.region.name_zh, "name_en": what.region.name_en},
        "target": {"id": t.id, "indicator": t.indicator, "comparison": t.comparison, "value": t.value, "low": t.low,
                   "high": t.high, "unit": t.unit, "year": t.year},
        "as_of": what.model.as_of.isoformat(), "first_year": what.model.first_year, "draws": len(what.values({})), "seed": what.model.seed,
        "wanted": r.wanted, "chance": r.chance, "stated_chance": v.chance, "evidence": v.evidence,
        "median": v.median, "low80": v.low80, "high80": v.high80, "gap": v.gap,
        "shortage": r.shortage and {"of": r.shortage.of, "there": r.shortage.there,
                                    "needed": [{"chance": p, "units": n} for p, n in r.shortage.needed],
                                    **dict(r.shortage.each)},
        "use": r.use and vars(r.use),
        "pace": r.pace and vars(r.pace),
        "target_at_chance": [{"chance": p, "value": x} for p, x in r.at_chance],
        "year_at_chance": [{"chance": p, "year": y} for p, y in r.years],
        "levers": list(r.levers), "idle": list(r.idle),
        "break_even": [{"lever": b.lever, "chance": b.wanted, "setting": b.setting, "reachable": b.setting is not None,
                        "units": None if b.setting is None else units_of(what, b.lever, b.setting), "best": b.best,
                        "best_setting": b.best_setting} for b in r.alone],
        "tornado": [{"lever": b.lever, "settings": b.settings, "chances": b.chances} for b in r.tornado],
        "contributions": [vars(s) for s in r.steps],
        "cheapest": r.purchase and {"settings": dict(r.purchase.settings), "units": r.purchase.units,
                                    "yuan": r.purchase.yuan or None, "total": r.purchase.total if r.purchase.yuan else None,
                                    "chance": r.purchase.chance, "plausible": r.purchase.plausible},
        "best_together": r.best_together,
        "signposts": [vars(s) for s in r.signposts],
        "denominator": r.denominator and vars(r.denominator),
        "matters": dict(r.matters),
        "assumptions": list(r.assumptions),
    })  # fmt: skip


def compared_lines(c: Comparison, lang: str) -> Iterator[str]:
    """The difference of two scenarios, figure by figure and lever by lever."""
    bench = c.model
    yield message(
        "scenario_title", lang, region=bench.region.name(lang), other=c.other.title(lang), one=c.one.title(lang)
    )
    if not c.levers:
        yield message("same", lang)
        return
    yield message(
        "order", lang, levers=("、" if lang == "zh" else ", ").join(bench.levers[id].name(lang) for id in c.levers)
    )
    if not any(e.target for e in c.effects):
        yield message("no_targets", lang, as_of=bench.as_of.isoformat())
    for e in (e for e in c.effects if e.moved):
        yield "\n" + _effect_line(e, lang)
        for change in e.changes:
            if change.median or change.chance:
                line = f"  {change.median:+,.{e.places}f}"
                if change.chance is not None:
                    line += f"  {change.chance:+.1%}"
                yield f"{line}  {bench.levers[change.lever].name(lang)}"
    still = list(dict.fromkeys(e.about.name(lang) for e in c.effects if not e.moved))
    if still:
        yield "\n" + message("unmoved", lang, names=("、" if lang == "zh" else ", ").join(still))


def _effect_line(e: Effect, lang: str) -> str:
    line = f"{e.about.name(lang)} ({e.year})"
    if e.target is not None:
        line += f" {wording.comparison(e.target, e.about, lang)}"
    line += f": {message('column_value', lang)} {e.before:,.{e.places}f} -> {e.after:,.{e.places}f}"
    if e.chance_before is not None and e.chance_after is not None:
        line += (
            f"; {message('column_chance', lang)} {percent(e.chance_before, lang)} -> {percent(e.chance_after, lang)}"
        )
    return line


def compared_plain(c: Comparison) -> dict:
    """The comparison as plain values. The changes of each figure add up to after less before, to the last place printed."""
    bench = c.model
    return {
        "region": {"code": bench.region.key, "name_zh": bench.region.name_zh, "name_en": bench.region.name_en},
        "as_of": bench.as_of.isoformat(), "draws": bench.draws, "seed": bench.seed,
        "from": {"name": c.one.name, "fingerprint": c.one.fingerprint, "settings": _steps(c.one.settings)},
        "to": {"name": c.other.name, "fingerprint": c.other.fingerprint, "settings": _steps(c.other.settings)},
        "levers": list(c.levers),
        "effects": [
            {"indicator": e.about.id, "year": e.year, "target": e.target.id if e.target else None, "before": e.before,
             "after": e.after, "chance_before": e.chance_before, "chance_after": e.chance_after,
             "contributions": [vars(x) for x in e.changes]} for e in c.effects],
    }  # fmt: skip


def _steps(settings: Any) -> dict[str, dict[str, float]]:
    return {lever: {str(year): value for year, value in steps} for lever, steps in settings}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    value = float(value)
    return float(f"{value:.7g}") if math.isfinite(value) else None
