"""Regions: places with their official code, and the boundary they had over some years."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from planning.errors import NotKnown, not_known
from planning.schemas import CLOSED, Code, CodeOrNothing, Day, Edition, Level, Words, one_of

LEVELS = ("nation", "province", "city", "district", "area")
Parts = Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(p for p in v.split("|") if p))]
if TYPE_CHECKING:
    Whole = bool
    Fictional = bool
else:
    Whole = Annotated[str, one_of("", "yes", "partly"), AfterValidator(lambda v: v == "yes")]
    Fictional = Annotated[str, one_of("", "yes"), AfterValidator(lambda v: v == "yes")]
WHERE = "Regions are listed in data/regions.csv; `dabiao regions` shows them."
LEAST_LIKENESS = 0.5  # of two names, of 1 (difflib's ratio), to be told as near. A judgement

# The peoples of China as the names of autonomous areas hold them (GB/T 3304-1991), and the words for levels (GB/T 2260).
PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 "
    "土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 "
    "门巴 珞巴 基诺"
).split()
LEVEL_WORD = re.compile(
    rf"(?<=..)(?:(?:{'|'.join(f'{p}族?' for p in sorted(PEOPLES, key=len, reverse=True))})*(?:自治区|自治州|自治县|自治旗)"
    r"|各族自治县|特别行政区|地区|林区|矿区|新区|省|市|区|县|盟|旗)$"
)


@dataclass(frozen=True)
class Boundary:
    """The extent of a region over some years. start, end: ISO dates or ''. whole: predecessors add up exactly to it."""

    __pydantic_config__ = CLOSED

    edition: Edition = ""
    start: Annotated[Day, Field(alias="from")] = ""
    end: Annotated[Day, Field(alias="to")] = ""
    predecessors: Parts = ()
    whole: Whole = False


@dataclass(frozen=True)
class Region:
    """A place within one boundary edition. code: six digits (GB/T 2260); parent: the code of the region above."""

    __pydantic_config__ = CLOSED
    COLUMNS: ClassVar = (
        "code", "edition", "name_zh", "name_en", "aliases", "level", "parent", "from", "to", "predecessors", "whole",
        "note", "fictional",
    )  # fmt: skip

    code: Code
    name_zh: Words
    name_en: Words
    level: Level
    parent: CodeOrNothing = ""
    boundary: Boundary = Boundary()
    aliases: Parts = ()
    note: str = ""
    fictional: Fictional = False

    @property
    def key(self) -> str:
        """The code, with the boundary edition where there is one: 330105@2021."""
        return f"{self.code}@{self.boundary.edition}" if self.boundary.edition else self.code

    def name(self, lang: str) -> str:
        """The name in Chinese ("zh") or English ("en"), with a word where the boundary is an older one or it is made up."""
        name = self.name_zh if lang == "zh" else self.name_en
        if self.boundary.end:
            name += (
                f"（{self.boundary.end[:4]}年前旧区划）"
                if lang == "zh"
                else f" (boundary before {self.boundary.end[:4]})"
            )
        if self.fictional:
            name += "（虚构）" if lang == "zh" else " (fictional)"
        return name


@dataclass(frozen=True)
class RegionIndex:
    """The regions by the words they are asked by. words: names, codes, keys and aliases; short: without level words."""

    words: Mapping[str, Sequence[Region]]
    short: Mapping[str, Sequence[Region]]
    newest: Mapping[str, Region]

    @property
    def every(self) -> list[Region]:
        """The regions, once each."""
        return list(dict.fromkeys(r for called in self.words.values() for r in called))


def index(regions: Iterable[Region]) -> RegionIndex:
    """The index that `find` asks, made once for all regions."""
    words: dict[str, list[Region]] = {}
    short: dict[str, list[Region]] = {}
    regions = list(regions)
    for region in regions:
        for word in _words(region):
            words.setdefault(word, []).append(region)
        for word in _short_words(region):
            short.setdefault(word, []).append(region)
    return RegionIndex(words, short, newest_by_code(regions))


def find(asked: str, regions: RegionIndex) -> Region:
    """The region called `asked`: a code, a code@edition, a Chinese or English name, or a path of names.

    A path names regions above before the region (浙江省温州市瓯海区, 温州瓯海) or after it (Ouhai, Wenzhou). Width, case,
    blanks and punctuation do not matter, nor do the last six digits of a statistical code of twelve. A name or code that
    has several boundary editions means the newest. Raises NotKnown when there is none, the nearest first, and when
    several regions share the name, naming them.

    >>> wenzhou = Region("330300", "温州市", "Wenzhou City", "city", aliases=("wenzhou",))
    >>> ouhai = Region("330304", "瓯海区", "Ouhai District", "district", "330300", aliases=("ouhai",))
    >>> find("温州 瓯海区", index([wenzhou, ouhai])).code
    '330304'
    """
    word = _folded(str(asked))
    hits = _newest_editions(regions.words.get(word, ()))
    if len(hits) > 1:
        exact = [r for r in hits if word in (_folded(r.name_zh), _folded(r.name_en))]
        hits = exact if len(exact) == 1 else hits
    hits = hits or _newest_editions(_by_path(word, regions))
    if not hits:
        raise NotKnown(_unknown(str(asked).strip(), word, regions))
    if len(hits) > 1:
        names = ", ".join(f"{r.code} {path_name(r, regions.newest)}" for r in hits)
        raise not_known(
            "single region", str(asked).strip(), (), f"Several share the name: {names}. Ask by code. {WHERE}"
        )
    return hits[0]


def path_name(region: Region, newest: Mapping[str, Region]) -> str:
    """The Chinese name with those of the regions above, as an address begins: 浙江省温州市瓯海区."""
    above = [r.name_zh for r in ancestors(region, newest) if r.level != "nation"]
    return "".join([*reversed(above), region.name_zh])


def without_level(name: str) -> str:
    """A Chinese name without the word for its level and the peoples of an autonomous area: 瓯海区 is 瓯海.

    A name of one character keeps its level word (莘县), as people write it.

    >>> without_level("恩施土家族苗族自治州"), without_level("莘县")
    ('恩施', '莘县')
    """
    return LEVEL_WORD.sub("", name)


def _newest_editions(regions: Iterable[Region]) -> list[Region]:
    """The newest boundary of each code among the regions; without codes given up, where others are left."""
    newest: dict[str, Region] = {}
    for region in regions:
        best = newest.get(region.code)
        if best is None or (region.boundary.end == "", region.boundary.start) > (
            best.boundary.end == "",
            best.boundary.start,
        ):
            newest[region.code] = region
    today = [r for r in newest.values() if not r.boundary.end]
    return today or list(newest.values())


def _by_path(word: str, regions: RegionIndex) -> list[Region]:
    """The regions that a folded path of names leads to; those that leave out no level before those that do."""
    found: dict[Region, int] = {}
    splits = [(word, "", True)]
    for cut in range(1, len(word)):
        splits += [(word[cut:], word[:cut], True), (word[:cut], word[cut:], False)]
    for name, rest, nearest_last in splits:
        for region in (*regions.words.get(name, ()), *regions.short.get(name, ())):
            skipped = _skipped(rest, ancestors(region, regions.newest), nearest_last) if rest else 0
            if skipped is not None:
                found[region] = min(skipped, found.get(region, skipped))
    least = min(found.values(), default=0)
    return [r for r, skipped in found.items() if skipped == least]


def _skipped(rest: str, above: Sequence[Region], nearest_last: bool) -> int | None:
    """How many levels a path leaves out, below the nation; None where `rest` does not name regions above in their order.

    above: nearest first. nearest_last: whether the path names the nearest last (Chinese) or first (English).
    """
    if not rest:
        return sum(r.level != "nation" for r in above)
    best: int | None = None
    for position, region in enumerate(above):
        for name in _words(region) | _short_words(region):
            if rest.endswith(name) if nearest_last else rest.startswith(name):
                shorter = rest[: -len(name)] if nearest_last else rest[len(name) :]
                left = _skipped(shorter, above[position + 1 :], nearest_last)
                if left is not None and (best is None or left + position < best):
                    best = left + position
    return best


def _unknown(asked: str, word: str, regions: RegionIndex) -> str:
    """The sentence for a name that no region has: what was asked, the nearest first, and where regions are listed."""
    near = nearest_regions(word, regions)
    shared = {r.name_zh for r in near if sum(other.name_zh == r.name_zh for other in near) > 1}
    names = ", ".join(path_name(r, regions.newest) if r.name_zh in shared else r.name_zh for r in near)
    return f"No region is called {asked}.{f' Nearest: {names}.' if names else ''} {WHERE}"


def nearest_regions(asked: str, regions: RegionIndex, count: int = 3) -> list[Region]:
    """The regions with names most like a word, best first; Chinese or pinyin, with the regions above or without."""
    word = _folded(asked)
    if word.isdigit():
        close = difflib.get_close_matches(word[:6], list(regions.newest), n=count, cutoff=LEAST_LIKENESS)
        return [regions.newest[code] for code in close]
    named, rest = _named_first(word, regions)
    likeness: dict[Region, float] = dict.fromkeys(named, LEAST_LIKENESS)
    codes = {r.code for r in named}
    match = difflib.SequenceMatcher(autojunk=False)
    for piece in dict.fromkeys((without_level(word), without_level(rest))):
        match.set_seq2(piece)
        letters = set(piece)
        for name, called in (*regions.words.items(), *regions.short.items()):
            if 2 * len(letters.intersection(name)) < LEAST_LIKENESS * len(letters):
                continue
            match.set_seq1(without_level(name))
            if match.real_quick_ratio() < LEAST_LIKENESS or match.ratio() < LEAST_LIKENESS:
                continue
            for region in called:
                if not region.boundary.end:
                    inside = any(r.code in codes for r in ancestors(region, regions.newest))
                    found = match.ratio() + 0.1 * (region.name_zh[-1] == word[-1:]) + 0.2 * inside
                    likeness[region] = max(found, likeness.get(region, 0.0))
    return sorted(likeness, key=lambda r: (-likeness[r], r.code))[:count]


def _named_first(word: str, regions: RegionIndex) -> tuple[list[Region], str]:
    """The region that a folded path names last before what nobody is called, and the rest; none and the whole otherwise."""
    named: list[Region] = []
    rest = word
    while rest:
        end = next((e for e in range(len(rest), 1, -1) if rest[:e] in regions.words or rest[:e] in regions.short), 0)
        if not end:
            break
        named = [r for source in (regions.words, regions.short) for r in source.get(rest[:end], ())]
        rest = rest[end:]
    return [r for r in named if not r.boundary.end and r.level != "nation"], rest or word


def _words(region: Region) -> set[str]:
    names = [region.name(lang) for lang in ("zh", "en")]
    words = {region.name_zh, region.name_en, region.code, region.key, *names, *region.aliases}
    return {folded for w in words if w and (folded := _folded(w))}


def _short_words(region: Region) -> set[str]:
    return {without_level(_folded(region.name_zh))} - _words(region)


def _folded(word: str) -> str:
    """A word as it is compared: in half-width small letters, without blanks, punctuation and the marks on letters."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if c.isalnum() or c == "@")
    return re.sub(r"^(\d{6})0{6}(?=@|$)", r"\1", plain)


def newest_by_code(regions: Iterable[Region]) -> dict[str, Region]:
    """The regions on today's boundaries."""
    return {r.code: r for r in regions if not r.boundary.end}


def ancestors(region: Region, newest: Mapping[str, Region]) -> list[Region]:
    """The regions above, nearest first: city, province, nation. newest: as `newest_by_code` gives them."""
    line: list[Region] = []
    code = region.parent
    while code and code in newest and newest[code] not in line:
        line.append(newest[code])
        code = newest[code].parent
    return line


def entry_of_row(row: Mapping[str, str]) -> dict[str, object]:
    """A row of regions.csv as the entry of a Region, its boundary apart."""
    apart = ("edition", "from", "to", "predecessors", "whole")
    entry: dict[str, object] = {k: v for k, v in row.items() if k not in apart}
    return {**entry, "boundary": {k: row[k] for k in apart if k in row}}
