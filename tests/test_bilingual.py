"""Texts carried in both languages at once."""

import copy
import json
import pickle

from planning.bilingual import Bilingual

TEXT = Bilingual("假设 / 依据", "assumption")


def test_a_text_that_holds_a_stroke_keeps_its_two_languages_apart():
    assert TEXT.lang("zh") == "假设 / 依据" and TEXT.lang("en") == "assumption"


def test_as_json_and_as_a_key_it_is_the_text_of_both():
    assert json.loads(json.dumps([TEXT])) == ["假设 / 依据 / assumption"]
    assert TEXT in {"假设 / 依据 / assumption"}


def test_it_comes_whole_out_of_another_process():
    for again in (pickle.loads(pickle.dumps(TEXT)), copy.deepcopy(TEXT)):
        assert (again.zh, again.en, again) == (TEXT.zh, TEXT.en, TEXT)


def test_figures_are_filled_into_both():
    assert Bilingual("{n:g} 个", "{n:g} places").format(n=3).en == "3 places"
