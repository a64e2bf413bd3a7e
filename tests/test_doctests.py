"""Every example in a docstring gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ("planning", "sim", "forecasts", "dabiao", "reports", "planner")


def modules() -> list[str]:
    found = list(PACKAGES)
    for name in PACKAGES:
        walked = pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}.")
        found += [module.name for module in walked if not module.name.endswith("__main__")]
    return sorted(found)


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_run_as_shown(name):
    module = importlib.import_module(name)
    examples = [test for test in doctest.DocTestFinder().find(module, name) if test.examples]
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for test in examples:
        runner.run(test)
    assert runner.failures == 0, f"{runner.failures} of {runner.tries} examples of {name} differ; see the output above"
