"""Cells the United Nations published for China, reached from the cells they published before them.

United Nations, Department of Economic and Social Affairs, Population Division (2019). World Population Prospects 2019:
population by five-year age group, life table death rates, age-specific fertility, sex ratio at birth, net migrants;
China (country code 156), 1 July 2020 to 30 June 2025, medium variant. CC BY 3.0 IGO. Thousands; males first.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.demography import migration
from sim.demography.cohort import project
from sim.demography.graduation import graduate_mortality
from sim.demography.life_tables import ABRIDGED, life_expectancy, life_table

# Ages 0, 1-4, 5-9, ..., 95-99, 100 and over.
MX = np.array(
    """
    .009777105 .000403878 .000297413 .00024036 .000352736 .000522083 .000729839 .000909876 .001153828 .001600751
    .002397922 .004043052 .006789265 .012787109 .023298642 .042786511 .073139443 .10748912 .16729555 .24544968
    .33174646 .44068685
    .006992014 .000303763 .000247086 .000170436 .000254919 .000340852 .000436468 .000578444 .000738578 .001084671
    .001550267 .002516139 .004230171 .007981667 .01446656 .026859349 .045918232 .077957927 .12671599 .18555865
    .26209045 .3251164
    """.split(),
    dtype=float,
).reshape(2, 22)
# Women 15-19 to 45-49, and their births per woman and year in between.
WOMEN_2020 = np.array([38238.737, 40884.302, 46466.16, 62295.742, 48745.948, 46984.787, 58664.268])
WOMEN_2025 = np.array([38775.6, 38000.411, 40628.565, 46214.741, 62004.795, 48468.164, 46641.663])
ASFR = np.array([2.251, 32.52434, 34.56534, 19.10928, 7.61409, 3.62594, 0.31001]) / 100 * 1.7048 / 5
BOYS_PER_GIRL = 1.11
NET_MIGRANTS = -1856.322
CHILDREN_2025 = np.array([40107.551, 36234.058])
# Ages 80-84 to 100 and over in 2020; 85-89 to 100 and over in 2025.
OLD_2020 = np.array([[6883.629, 2843.084, 731.228, 116.377, 12.773], [9297.788, 4738.693, 1573.796, 358.816, 61.919]])
OLD_2025 = np.array([[3503.286, 1019.844, 172.782, 18.115], [5612.795, 2180.747, 516.142, 92.368]])


@pytest.fixture
def five_years():
    """China's mothers and old people from 2020 to 2025, everybody else left out."""
    start = np.zeros((2, 21))
    start[1, 3:10], start[:, 16:] = WOMEN_2020, OLD_2020
    numbers = np.zeros((2, 21))
    survival = life_table(MX, ABRIDGED).survival()
    # Women who moved are what is missing to those counted; the projection must bear the children of both ends.
    numbers[1, 3] = WOMEN_2025[0]
    numbers[1, 4:10] = WOMEN_2025[1:] - WOMEN_2020[:-1] * survival[1, 4:10]
    asfr = np.zeros(21)
    asfr[3:10] = ASFR
    return project(
        start[None, None],
        survival[None, None, None],
        asfr[None, None, None],
        BOYS_PER_GIRL,
        migration.by_number(numbers[None, None, None]),
        interval=5,
    ).people[1, 0, 0]


def test_old_people_survive_as_the_un_published(five_years):
    assert five_years[:, 17:19] == pytest.approx(OLD_2025[:, :2], rel=2e-5)
    assert five_years[:, 19:] == pytest.approx(OLD_2025[:, 2:], rel=1e-4)


def test_children_are_born_and_survive_as_the_un_published(five_years):
    # The profile the UN moves people by puts 1.84 % of net migrants on each sex under five.
    moved = 0.0184 * NET_MIGRANTS
    assert five_years[:, 0] + moved == pytest.approx(CHILDREN_2025, rel=1e-5)


def test_births_from_the_women_of_2020_alone_would_be_five_per_cent_too_many():
    both_ends = 5 * (WOMEN_2020 + WOMEN_2025) / 2 @ ASFR
    assert 5 * WOMEN_2020 @ ASFR / both_ends == pytest.approx(1.055, abs=0.002)


def test_graduation_of_the_uns_rates_keeps_their_life_expectancy():
    single = graduate_mortality(MX)
    assert life_expectancy(single) == pytest.approx(life_expectancy(MX, ABRIDGED), abs=1e-9)


@pytest.mark.parametrize("content", [None, "year,sex\n2020,M\n"])
def test_the_benchmark_refuses_unusable_input_with_status_two(tmp_path, content):
    if content:
        (tmp_path / "wpp2019_population_5y.csv").write_text(content)
    script = Path(__file__).parents[1] / "benchmarks" / "un_china.py"
    done = subprocess.run(
        [sys.executable, str(script), "--reference", str(tmp_path), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == "" and "wpp2019" in done.stderr
