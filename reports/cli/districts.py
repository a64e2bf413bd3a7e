"""The command that shows a city and its districts, made to add up."""

from __future__ import annotations

import json
from typing import Annotated, Any

import numpy as np
import typer

from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.loading.census_folder import folder_for
from planning.loading.folder import load_catalogue
from planning.sources import information_day
from reports.messages import message, wording

commands = typer.Typer()
WORDS = ("district", "sum", "moved", "left_out")


@commands.command("districts")
def districts_command(
    city: Annotated[str, typer.Argument(help="A name or a code of a city: 杭州市, hangzhou, 330100.")],
    to: Annotated[int, typer.Option(help="The last year.")] = 2030,
    as_of: Annotated[str | None, typer.Option(help="See only what was published by this day, 2022-07-31.")] = None,
    draws: Annotated[int, typer.Option(help="Possible futures drawn.")] = 200,
    seed: int = 0,
    data: Annotated[str | None, typer.Option(help="A folder of the shape of data/.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    json_: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Project a city's districts together, so that they add up to their city."""
    if lang not in wording.LANGS:
        raise ValueError(f"The language {lang!r} is not known; {' and '.join(wording.LANGS)} are.")
    from dabiao.districts import coherent

    everything = load_catalogue(folder_for(city, data))
    catalogue = everything.known_by(information_day(as_of) if as_of else everything.newest_publication)
    found = told(catalogue, coherent(catalogue, catalogue.find(city), to, draws, seed), to)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if json_ else as_text(catalogue, found, lang))


def told(catalogue: Catalogue, made: Any, year: int) -> dict:
    """City, districts, their sum and the correction as plain values, low, median and high of the 80 % interval each."""
    from dabiao.districts import REST, figures

    parts = {key: figures(p, year) for key, p in made.parts.items()}
    names = {r.key: (r.name_zh, r.name_en) for r in made.districts} | {
        REST: tuple(message("districts_rest", lang) for lang in wording.LANGS)
    }
    together = {id: np.sum([values[id] for values in parts.values()], axis=0) for id in next(iter(parts.values()))}
    sentence, key = made.correction.sentence(), made.parent.key
    return {
        "year": year,
        "base_year": made.city.years[0],
        "city": {"code": made.parent.key, "name_zh": made.parent.name_zh, "name_en": made.parent.name_en}
        | _spread(figures(made.city, year)),
        "districts": [
            {"code": key, "name_zh": names[key][0], "name_en": names[key][1]}
            | _spread(values)
            | {"moved": round(made.correction.moved[made.parts[key].region], 5)}
            for key, values in parts.items()
        ],
        "sum": _spread(together),
        "largest_difference": float(max(np.abs(together[id] - v).max() for id, v in figures(made.city, year).items())),
        "correction": {
            "sentence": Bilingual(
                sentence.zh.replace(key, made.parent.name_zh), sentence.en.replace(key, made.parent.name_en)
            ),
            "gap": {name: [round(float(x), 6) for x in shares] for name, shares in made.correction.gap.items()},
            "years": list(made.correction.years),
        },
        "left_out": {catalogue.region(key).name_zh: why for key, why in made.left_out.items()},
    }


def as_text(catalogue: Catalogue, found: dict, lang: str) -> str:
    """The same as a table for a terminal."""
    name, words = f"name_{lang}", {key: message(f"districts_{key}", lang) for key in WORDS}
    ids = [id for id in found["sum"]]
    lines = [message("districts_head", lang, city=found["city"][name], year=found["year"])]
    heads = [catalogue.indicator(id).name(lang) for id in ids]
    lines.append("  ".join([_padded(words["district"], 16), *(_padded(h, 34) for h in heads), words["moved"]]))
    for row in (*found["districts"], {name: words["sum"], **found["sum"]}, found["city"]):
        cells = [_padded(" ".join(f"{row[id][k]:>10,.0f}" for k in ("low", "median", "high")), 34) for id in ids]
        moved = f"{row['moved']:.1%}" if "moved" in row else ""
        lines.append("  ".join([_padded(row[name], 16), *cells, moved]))
    lines.append(wording.one_language(found["correction"]["sentence"], lang))
    for place, why in found["left_out"].items():
        lines.append(f"{words['left_out']}: {place}: {wording.one_language(why, lang)}")
    return "\n".join(lines)


def _spread(values: dict[str, np.ndarray]) -> dict:
    return {
        id: dict(
            zip(("low", "median", "high"), (round(float(q)) for q in np.quantile(v, [0.1, 0.5, 0.9])), strict=True)
        )
        for id, v in values.items()
    }


def _padded(words: str, width: int) -> str:
    """The words filled up to a width on a terminal, where a Chinese character takes two columns."""
    return words + " " * max(width - sum(2 if ord(c) > 0x2E7F else 1 for c in words), 0)
