"""No input, however wicked, ends in a traceback, a hang or a folder half-written: a few hundred here, as many as you like
with `python tests/fuzz.py --many N`.

tests/fuzz_corpus/ keeps the inputs that once found something; the part of a name before the dot is the reader.
"""

import random

import pytest
from fuzz import CORPUS, READERS, Find, mutated, outcome, tried

MANY = 20
MANY_BOOKS = 6
BY_NAME = {name.replace(" ", "_").strip("-"): name for name in READERS}


@pytest.mark.parametrize("reader", READERS)
def test_what_every_mutation_begins_from_is_accepted(reader):
    for good in READERS[reader].good():
        assert outcome(reader, good) == "accepted"


@pytest.mark.parametrize("reader", READERS)
def test_a_mutated_file_is_accepted_or_refused_in_our_own_words(reader):
    counts, finds = tried(reader, MANY_BOOKS if reader == "excel" else MANY, seed=1)
    assert not finds, [(f.what, f.where, f.data[:200]) for f in finds]
    assert counts["refused"], "mutations that nothing refuses test nothing"


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda p: p.name)
def test_what_once_found_something_finds_nothing_now(path):
    became = outcome(BY_NAME[path.name.split(".")[0]], path.read_bytes())
    assert not isinstance(became, Find), (became.what, became.where)


@pytest.mark.parametrize("reader", ["scenario by path", "run file", "twin"])
@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 5000,
        "a: " + "{a: " * 2000,
        "a: &a [*a]\nname: *a\n",
        "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, {'*a' if n == 0 else f'*b{n - 1}'}]\n" for n in range(40)),
        "a: !!python/object/apply:os.system [echo]\n",
        "a: !!python/name:os.system\n",
        "a: " + "9" * 5000,
        "? {a: b}\n: c\n",
        "<<: 1\n",
    ],
    ids=["deep lists", "deep mappings", "itself", "a billion laughs", "a call", "a name", "digits", "odd key", "merge"],
)  # fmt: skip
def test_yaml_that_would_swell_run_or_recurse_is_refused(reader, text):
    assert outcome(reader, text.encode()) == "refused"


def test_mutations_follow_their_seed():
    assert mutated(b"a,b\n1,2\n", random.Random(3)) == mutated(b"a,b\n1,2\n", random.Random(3))
