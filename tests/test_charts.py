"""Charts: what they show is what the numbers say, and a sentence says it too."""

import re
import warnings

import numpy as np
import pytest

from planner.explore_regions import rank_rows
from planner.live_fan import in_words, live_fan
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.targets import Document, Target
from reports.charts import fans, style
from reports.charts.evidence import wilson
from reports.messages import wording

ABOUT = Indicator(
    "places", "每千人口托位数", "Places per 1,000", "per_1000", "rate", "log", "up", "resident", (0, 60), 2, "capacity"
)
YEARS = tuple(range(2024, 2031))


def outlook(level=3.0, spread=1.0, observed=((2022, 2.5), (2023, 2.8))):
    draws = np.linspace(-1, 1, 201)[:, None]
    paths = level + 0.2 * np.arange(len(YEARS)) + spread * draws
    return Outlook("330304", "places", "per_1000", YEARS, paths, "a line", "B", observed, ("某局",))


def target(**changes):
    from datetime import date

    plain = {"id": "plan.places.2027", "document": Document("plan", "规划", "局", date(2023, 1, 1), "330304", 2027),
             "region": "330304", "edition": "", "level": "district", "indicator": "places", "comparison": "at_least",
             "unit": "per_1000", "year": 2027, "kind": "rate", "nature": "expected", "value": 4.0}  # fmt: skip
    return Target(**{**plain, **changes})


def people(draws=20):
    return np.random.default_rng(1).uniform(500, 1500, size=(draws, 2, 2, 101))


FLOW = np.tile(np.array([10.0, 20, 30]), (50, 1))
DRAWN = {
    "outlook_chart": lambda lang: fans.outlook_chart(outlook(), ABOUT, lang, [target()], {2022: "derived"}),
    "before_and_after": lambda lang: fans.before_and_after(outlook(), outlook(4), ABOUT, lang, [target()]),
    "small_multiples": lambda lang: fans.small_multiples([(outlook(), ABOUT, [target()])] * 4, lang),
    "regions_chart": lambda lang: fans.regions_chart([("甲", outlook(), []), ("乙", outlook(4), [target()])], ABOUT, lang),
    "bands": lambda lang: fans.bands([("甲", outlook()), ("乙", outlook(4))], "人", lang),
    "pyramid": lambda lang: fans.pyramid(people(), (2020, 2030), lang),
    "ageing": lambda lang: fans.ageing([("65+", outlook())], lang),
    "births_by_order": lambda lang: fans.births_by_order([("一孩", outlook()), ("二孩", outlook(2))], outlook(5), lang),
    "stock_flow": lambda lang: fans.stock_flow((2024, 2025, 2026), {"in": FLOW}, {"out": FLOW / 2}, "个", lang),
    "tornado": lambda lang: fans.tornado([("a", 0.2, 0.6), ("b", 0.35, 0.42)], 0.4, lang),
    "waterfall": lambda lang: fans.waterfall(0.3, [("a", 0.2), ("b", -0.1)], lang),
    "ranking": lambda lang: fans.ranking([("甲", outlook().at(2030)), ("乙", outlook(4).at(2030))], ABOUT, lang, 5.0),
    "reliability": lambda lang: fans.reliability([(0.1, 0.12, 100), (0.8, 0.75, 40)], lang),
    "verdict_grid": lambda lang: fans.verdict_grid(["甲"], ["托位"], {(0, 0): ("likely", 0.8)}, lang),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_says_in_words_what_it_shows_and_no_glyph_is_missing(name, lang, monkeypatch):
    monkeypatch.setattr(style, "DPI", 40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a missing glyph
        chart = DRAWN[name](lang)
        picture = fans.png(chart)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(chart.alt) > 8 and re.search(r"\d", chart.alt)
    assert f'alt="{chart.alt}"'.replace("<", "&lt;") in chart._repr_html_().replace("&#x27;", "'")


def test_the_same_numbers_give_the_same_picture():
    assert fans.png(DRAWN["outlook_chart"]("zh")) == fans.png(DRAWN["outlook_chart"]("zh"))


def test_the_name_of_every_region_can_be_written(shipped, monkeypatch):
    drawn, _ = charts_figure(monkeypatch)
    for region in shipped.regions:
        drawn.text(0, 0, region.name("zh") + region.name("en"), in_layout=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        style.png(drawn)


def test_a_name_with_dollar_signs_is_a_name(monkeypatch):
    drawn, axes = charts_figure(monkeypatch)
    axes[0, 0].set_title("$$x$$ \\frac{1} 县")
    style.png(drawn)


def charts_figure(monkeypatch):
    monkeypatch.setattr(style, "DPI", 20)
    return style.figure(3, 2)


def test_bands_lie_within_one_another_and_set_out_from_the_last_published_value():
    years, q = fans.fan_lines(outlook())
    assert years[0] == 2023 and (q[:, 0] == 2.8).all()
    assert (np.diff(q, axis=0) >= 0).all()


def test_estimated_values_are_hollow_and_counted_ones_are_filled():
    drawn = fans.outlook_chart(outlook(), ABOUT, "en", (), {2022: "derived", 2023: "observed"}).figure
    markers = [line for line in drawn.axes[0].lines if line.get_marker() == "o"]
    faces = {line.get_markerfacecolor(): list(line.get_xdata()) for line in markers}
    assert faces["white"] == [2022] and faces[style.INK] == [2023]


def test_a_target_between_two_values_has_two_lines_and_one_deadline():
    both = target(comparison="between", value=None, low=3.0, high=4.0)
    lines = fans.outlook_chart(outlook(), ABOUT, "en", [both]).figure.axes[0].lines
    assert sorted(line.get_ydata()[0] for line in lines if line.get_marker() == "D") == [3.0, 4.0]
    assert [line.get_xdata()[0] for line in lines if line.get_linestyle() == ":"] == [2027]


def test_what_comes_in_less_what_goes_out_is_the_net_change():
    axes = fans.stock_flow((2024, 2025, 2026), {"a": FLOW, "b": FLOW}, {"c": FLOW / 2}, "个", "en").figure.axes[0]
    tops = [bar.get_y() + bar.get_height() for bar in axes.patches]
    assert max(tops) == 60 and min(tops) == -15
    net = next(line for line in axes.lines if line.get_marker() == "D")
    assert list(net.get_ydata()) == [15, 30, 45]


def test_a_waterfall_ends_where_its_steps_lead():
    bars = fans.waterfall(0.3, [("a", 0.25), ("b", -0.1)], "en").figure.axes[0].patches
    widths = [round(bar.get_width(), 6) for bar in bars]
    assert widths == [0.45, -0.1, 0.25, 0.3], "from below: the end, the steps, the start"
    assert round(bars[1].get_x(), 6) == 0.55, "a step sets out from where the one before ended"


def test_the_widest_bar_of_a_tornado_stands_on_top():
    axes = fans.tornado([("narrow", 0.38, 0.42), ("wide", 0.1, 0.9)], 0.4, "en").figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["narrow", "wide"]


def test_the_interval_of_a_share_is_wilsons():
    # 8 of 10: 0.490 to 0.943 (Agresti and Coull 1998, American Statistician 52, their method of score intervals).
    low, high = wilson(np.array([0.8]), np.array([10.0]))
    assert low[0] == pytest.approx(0.490, abs=1e-3) and high[0] == pytest.approx(0.943, abs=1e-3)


def test_ranks_are_sure_where_intervals_are_apart_and_unsure_where_they_are_one():
    apart = rank_rows({"high": outlook(9, 0.1), "low": outlook(3, 0.1)}, "up", 2030)
    assert apart == [("high", "1", ">99%", "B"), ("low", "2", "<1%", "B")]
    assert rank_rows({"high": outlook(9, 0.1), "low": outlook(3, 0.1)}, "down", 2030)[0][0] == "low"
    rng = np.random.default_rng(2)
    alike = {n: Outlook("r", "places", "per_1000", (2030,), rng.normal(5, 1, (2000, 1)), "m", "D") for n in "ab"}
    for _, ranks, first, _ in rank_rows(alike, "up", 2030):
        assert ranks == "1–2" and 45 <= int(first.rstrip("%")) <= 55


def moving(svg):
    return re.search(r'<g id="moving">(.*?)</g>', svg, re.S)[1]


def heights(svg):
    """The heights of the median, from the top, in the drawing."""
    path = re.findall(r'<path d="M([^"]*)" fill="none"', moving(svg))[-1]
    return np.array([float(p.split()[1]) for p in path.split("L")])


def test_a_moving_fan_is_drawn_where_its_values_are():
    base = outlook(observed=())
    still = live_fan(base, ABOUT, "en", target())
    down = heights(still.showing(base, ""))
    up = heights(still.showing(outlook(3.5, observed=()), ""))
    assert (up < down).all(), "a higher value stands higher"
    per_unit = (down - up) / 0.5
    assert np.allclose(per_unit, per_unit[0], atol=0.5), "on one scale"
    rise = (down[:-1] - down[1:]) / 0.2
    assert np.allclose(rise, per_unit[0], atol=1.0)


def test_a_moving_fan_asks_for_new_axes_only_when_it_leaves_them():
    still = live_fan(outlook(), ABOUT, "zh", target())
    assert still.fits(outlook(3.2)) and not still.fits(outlook(30))
    wider = live_fan(outlook(), ABOUT, "zh", target(), also=outlook(30))
    assert wider.fits(outlook(30)) and wider.fits(outlook())


def test_a_moving_fan_carries_its_words_and_runs_nothing_of_them():
    words = in_words(outlook(), outlook(4), ABOUT, "zh", target()) + '"><script>x</script>'
    svg = live_fan(outlook(), ABOUT, "zh", target()).showing(outlook(4), words)
    assert 'role="img"' in svg and "<script>" not in svg and "80% 区间" in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(
    "lang, ends, ticks, shown",
    [
        ("zh", (0, 300_000), (0, 50_000, 100_000), ["0", "5万", "10万"]),
        ("zh", (-20_000, 20_000), (-5_000, 0), ["−5,000", "0"]),
        ("en", (975_000, 1_150_000), (1_075_000, 1_100_000, 975_000), ["1.075 million", "1.1 million", "0.975 million"]),
    ],
)  # fmt: skip
def test_the_ticks_of_one_axis_are_in_one_unit_and_none_is_rounded(lang, ends, ticks, shown):
    _, axes = style.figure(3, 2)
    axes[0, 0].set_ylim(*ends)
    style.numbers(axes[0, 0].yaxis, lang)
    assert [axes[0, 0].yaxis.get_major_formatter()(tick) for tick in ticks] == shown


def test_an_interval_is_written_in_one_size_of_unit():
    assert wording.span(34_863, 108_153, "zh") == "3.5万–10.8万" and wording.span(0, 120_000, "zh") == "0–12.0万"
    assert wording.span(34_863, 99_999.4, "zh") == "34,863–99,999" and wording.span(0, 0.3, "zh") == "0"
    assert wording.span(900_000, 1_200_000, "en") == "0.90 million–1.20 million"
