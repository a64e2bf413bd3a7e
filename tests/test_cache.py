"""The shipped data as last read: the same as read afresh, and never believed where they could be somebody else's."""

from dataclasses import fields

import numpy as np
import pytest

from planning.catalogue import SHIPPED, Catalogue
from planning.loading import cache
from planning.loading.folder import files_of, read_folder
from planning.loading.load_state import Gathered


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "cache"
    monkeypatch.setattr(cache, "user_cache_path", lambda name: place)
    return place


def fresh() -> Gathered:
    return read_folder(SHIPPED, Gathered([]))


def refused() -> Gathered:
    raise AssertionError("what is kept should have been read")


def catalogue(gathered: Gathered) -> Catalogue:
    return gathered.catalogue((SHIPPED,), (tuple(files_of(SHIPPED)),))


def hold_same(one: Catalogue, other: Catalogue) -> None:
    for field in fields(Catalogue):
        if field.compare and field.name not in ("censuses", "counted"):
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    for a, b in zip(one.counted, other.counted, strict=True):
        np.testing.assert_array_equal(a.people, b.people)
        assert a.people.dtype == b.people.dtype and a.low.dtype == b.low.dtype
        assert (a.region, a.edition, a.year, a.low.tolist(), a.source, a.published, a.replaced) == (
            b.region, b.edition, b.year, b.low.tolist(), b.source, b.published, b.replaced
        )  # fmt: skip


def test_what_is_kept_is_what_was_read(folder):
    read = cache.remembered(files_of(SHIPPED), fresh)
    assert len(list(folder.iterdir())) == 1
    hold_same(catalogue(cache.remembered(files_of(SHIPPED), refused)), catalogue(read))


def test_another_content_of_a_file_is_read_anew(folder, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("1")
    cache.remembered([path], fresh)
    path.write_text("2")
    with pytest.raises(AssertionError):
        cache.remembered([path], refused)


def test_faults_are_told_every_time(folder):
    def faulty() -> Gathered:
        gathered = Gathered([])
        gathered.fault(SHIPPED, None, None, "x", "y")
        return gathered

    for _ in range(2):
        assert cache.remembered([], faulty).faults
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"os": ["system"]}', '{"Gathered": []}', '{"again": 7}', '{"Source": [1]}']
)
def test_a_damaged_reading_is_read_anew(folder, text):
    cache.remembered([], fresh)
    (kept,) = folder.iterdir()
    kept.write_text(text)
    hold_same(catalogue(cache.remembered([], fresh)), catalogue(fresh()))


def test_a_folder_that_others_may_write_to_is_not_used(folder):
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    cache.remembered([], fresh)
    assert not list(folder.iterdir())


def test_only_a_few_readings_stay(folder, tmp_path):
    path = tmp_path / "table.csv"
    for number in range(cache.KEPT + 2):
        path.write_text(str(number))
        cache.remembered([path], lambda: Gathered([]))
    assert len(list(folder.iterdir())) == cache.KEPT
