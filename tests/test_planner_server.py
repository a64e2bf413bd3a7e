"""What the planner's server lets in and what it sends, asked without a browser."""

import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest


@pytest.mark.parametrize("wanted", ["nursery_openings%3D9%402026", "nursery_openings%3D2%402020", "nothing%3D1", "x"])
def test_a_setting_in_the_address_that_cannot_be_had_leaves_the_baseline_and_says_why(wanted):
    from planner.scenario_widget import scenario_widget

    made = scenario_widget("瓯海区", "zh", "nursery_places_per_1000", draws=60, state=f"region=330304&set={wanted}")
    assert "fault" in made.message.value and made.draft.scenario.settings == ()


def test_without_the_right_token_nothing_is_served_and_nothing_is_started(server):
    for address in ("/", "/scenario_lab?region=330304", "/?token=wrong", "/scenario_lab?token=" + "a" * 32):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.root + address, timeout=30)
        assert refused.value.code == 403 and server.token not in refused.value.read().decode()
    kernel = "/api/kernels/00000000-0000-0000-0000-000000000000"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(server.root + kernel, timeout=30)
    assert refused.value.code == 403
    assert server.kernels() == 0


@pytest.mark.parametrize(
    "address", ["/voila/files/conftest.py", "/voila/api/contents/", "/api/contents", "/../../etc/passwd", "/region_report", "/login"]
)  # fmt: skip
def test_only_the_pages_are_served(server, address):
    asked = urllib.request.Request(server.root + address, headers={"Authorization": f"token {server.token}"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=30)
    assert refused.value.code == 404


def test_a_page_of_another_site_cannot_reach_it_under_a_name_of_its_own(server):
    asked = urllib.request.Request(server.root + f"/?token={server.token}", headers={"Host": "planner.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=30)
    assert refused.value.code == 403


def test_the_address_it_prints_is_of_this_machine_alone(server):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{20,}", server.address)
    listening = psutil.Process(server.process.pid).net_connections(kind="inet")
    assert {c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
    for child in psutil.Process(server.process.pid).children(recursive=True):
        assert {c.laddr.ip for c in child.net_connections(kind="inet")} <= {"127.0.0.1"}


def test_a_page_is_given_longer_to_answer_a_ping_than_the_pause_between_two():
    from planner.server import Settings, application

    app = application(Settings("330304", port=8990, warm=False), print)
    line = app.init_settings()
    pause = line.get("ws_ping_interval", 30_000)
    assert line["ws_ping_timeout"] >= 2 * pause, "a tick that comes late would close a page that is well"


def test_the_first_figure_stands_in_the_page_as_it_is_sent_before_anything_can_move(server):
    page = fetched(server, "/scenario_lab?region=330304&lang=zh")
    chart, script = page.index('<g id="moving"><path'), page.index("voila.js", page.index("</header>"))
    assert page.index("data-chance=") < chart < script and "瓯海区" in page[:chart]
    assert server.settled(0)


def test_twenty_pages_at_once_are_served_or_told_why_not_and_none_stays_behind(server):
    def status(_):
        try:
            fetched(server, "/scenario_lab?region=330304&lang=en")
            return 200
        except urllib.error.HTTPError as refused:
            said = refused.read().decode()
            assert refused.code == 503 and "Too many pages" in said, said
            return refused.code

    with ThreadPoolExecutor(20) as together:
        answers = list(together.map(status, range(20)))
    assert set(answers) == {200, 503}
    assert server.settled(0)


def fetched(server, address):
    """A page as it is sent, to a visitor who lets its kernel go at once."""
    told = {"Authorization": f"token {server.token}"}
    with urllib.request.urlopen(urllib.request.Request(server.root + address, headers=told), timeout=120) as answer:
        page = answer.read().decode()
    kernel = re.search('"kernelId": "([^"]+)"', page)[1]
    leaving = urllib.request.Request(f"{server.root}/voila/api/shutdown/{kernel}", headers=told, method="POST")
    urllib.request.urlopen(leaving, timeout=60).close()
    return page
