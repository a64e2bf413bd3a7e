"""The planner's page in a real browser: Chromium, driven by Playwright. Without Chromium these tests say so and are skipped."""

import tempfile
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from chromium import CHROMIUM, FLAGS, needs_chromium
from planner_server import HOSTILE_EN, HOSTILE_ZH, MOST_PAGES

pytestmark = needs_chromium
SLOW = 60_000  # ms; only a limit, for machines with much else to do


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, tempfile.TemporaryDirectory() as profile:
        made = play.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=FLAGS, headless=True, viewport={"width": 1280, "height": 900},
            accept_downloads=True,
        )  # fmt: skip
        made.set_default_timeout(SLOW)
        yield made
        made.close()


class Tab:
    """One open page with what it asked of the network and what its console said."""

    def __init__(self, browser, server):
        self.server, self.page = server, browser.new_page()
        self.asked, self.errors = [], []
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("websocket", lambda w: self.asked.append(w.url))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))

    def open(self, path: str, alive: bool = True):
        joint = "&" if "?" in path else "?"
        answer = self.page.goto(f"{self.server.root}{path}{joint}token={self.server.token}")
        if alive:
            self.page.wait_for_selector("body.alive", state="attached")
        return answer

    def chance(self) -> float:
        return float(self.page.locator("strong[data-chance]").get_attribute("data-chance"))

    def slider(self, label: str):
        return self.page.locator(".widget-slider", has_text=label).locator(".noUi-handle")

    def push(self, label: str, key: str = "ArrowRight", times: int = 3) -> float:
        """Move a slider by the keyboard; gives the chance when the hand has rested and the address holds where it stands."""
        self.slider(label).focus()
        for _ in range(times):
            self.page.keyboard.press(key)
        stands = """label => {
            const slider = [...document.querySelectorAll('.widget-slider')].find(s => s.textContent.includes(label));
            const at = Number.parseFloat(slider.querySelector('.widget-readout').textContent.replace('\u2212', '-'));
            const share = document.querySelector('[data-share]')?.dataset.share || '';
            return new URLSearchParams(share).getAll('set').some(s => Number.parseFloat(s.split('=')[1]) === at);
        }"""
        self.page.wait_for_function(stands, arg=label)
        return self.chance()

    def addressed(self, key: str, value: str):
        """Wait until the address holds this; an empty value: until it holds no such key."""
        holds = "([k, v]) => { const f = new URLSearchParams(location.search).get(k); return v ? (f || '').includes(v) : !f; }"
        self.page.wait_for_function(holds, arg=[key, value])

    def said(self, selector: str = ".db-message") -> str:
        self.page.wait_for_selector(selector)
        return self.page.locator(selector).first.inner_text()

    def outside(self) -> list[str]:
        own = (self.server.root, self.server.root.replace("http", "ws"), "data:", "blob:", "about:")
        return [u for u in self.asked if not u.startswith(own)]

    def close(self):
        self.page.close(run_before_unload=True)


@pytest.fixture
def tab(browser, server):
    made = Tab(browser, server)
    yield made
    clean = (made.errors, made.outside())
    made.close()
    assert server.settled(0), "a closed tab leaves no kernel behind"
    assert clean == ([], []), "no console error, no request to any other address"


NURSERY = "/scenario_lab?region=330304&lang=zh&target=ouhai_2023_2027.nursery_places_per_1000.2027"


def test_a_slider_moves_the_chance_and_the_address_holds_it(tab):
    tab.open(NURSERY)
    before = tab.chance()
    after = tab.push("新开托位", times=6)
    assert after > before
    assert "新开托位" in tab.page.locator(".db-levers").inner_text()  # waits until the hand has rested
    tab.addressed("set", "nursery_openings=1.6@")
    assert "token" not in tab.page.url
    tab.page.get_by_role("button", name="撤销").click()
    tab.page.wait_for_function("!document.querySelector('.db-chance.before')")
    tab.addressed("set", "")
    assert tab.chance() == before


def test_a_shared_link_opens_the_same_answer(tab):
    tab.open(NURSERY + "&set=nursery_openings%3D2%402026&set=migration%3D-4%402026")
    first, link = tab.chance(), tab.page.locator("[data-share]").get_attribute("data-share")
    assert tab.page.locator(".db-levers tbody tr").count() == 3, "two levers and their sum"
    tab.page.goto(f"{tab.server.root}/scenario_lab{link}")
    tab.page.wait_for_selector("body.alive", state="attached")
    assert tab.chance() == first


def test_another_region_is_chosen_and_its_own_targets_come_with_it(tab):
    tab.open("/scenario_lab?region=330304&lang=en")
    assert "Ouhai" in tab.page.locator(".db-answer h2").inner_text()
    tab.page.get_by_label("Region").select_option(label="Hangzhou City · Zhejiang Province")
    tab.page.wait_for_function("document.querySelector('.db-answer h2').textContent.includes('Hangzhou')")
    tab.addressed("region", "330100")
    assert "Hangzhou" in tab.page.locator(".db-answer h2").inner_text() and tab.page.locator(".db-message").count() == 0


def test_another_target_is_chosen_and_a_goal_of_ones_own_is_set(tab):
    tab.open(NURSERY)
    assert tab.slider("新开托位").count() == 1
    tab.page.get_by_label("目标", exact=True).select_option(label="2027 年末 每万人全科医生数 不低于 7.5")
    tab.page.wait_for_function("document.querySelector('.db-goal').textContent.includes('全科医生')")
    tab.slider("全科转岗培训").wait_for()
    assert tab.slider("新开托位").count() == 0 and tab.slider("全科转岗培训").count() == 1
    before = tab.chance()
    goal = tab.page.get_by_label("目标值", exact=False)
    goal.fill("3.5")
    goal.press("Enter")
    tab.page.wait_for_function("document.querySelector('.db-goal').textContent.includes('3.5')")
    tab.addressed("goal", "gps_per_10000:3.5:2027")
    assert tab.chance() > before


def test_a_scenario_is_saved_as_yaml_and_excel_and_loaded_again(tab, tmp_path):
    import openpyxl
    import yaml

    tab.open(NURSERY)
    base, pushed = tab.chance(), tab.push("新开托位", times=8)
    tab.page.get_by_label("情景名称").fill("=我的/情景")
    tab.page.get_by_role("button", name="保存情景").click()
    tab.page.wait_for_selector("a[download$='.yaml']")
    files = {}
    for kind in ("yaml", "xlsx"):
        with tab.page.expect_download() as download:
            tab.page.locator(f"a[download$='.{kind}']").click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    plain = yaml.safe_load(files["yaml"].read_text(encoding="utf-8"))
    assert plain["name"] == "=我的/情景" and plain["settings"] == {"nursery_openings": {2026: 1.8}}
    book = openpyxl.load_workbook(files["xlsx"])
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert all(c.data_type != "f" for c in cells) and any(c.value == "=我的/情景" for c in cells)
    tab.page.get_by_role("button", name="全部复原").click()
    tab.page.wait_for_function("!document.querySelector('.db-chance.before')")
    assert tab.chance() == base
    with tab.page.expect_file_chooser() as chooser:
        tab.page.get_by_role("button", name="载入情景文件").click()
    chooser.value.set_files(files["yaml"])
    tab.page.wait_for_selector(".db-chance.before")
    assert tab.chance() == pushed and "已载入" in tab.said()


@pytest.mark.parametrize(
    "text, named",
    [
        ("name: x\nsettings: {nursery_openings: 9}\n", "between 0 and 5"),
        ("name: x\nsettings: {nursery_opening: 2}\n", "nursery_openings"),
        ("name: x\nregions: ['330105']\nsettings: {nursery_openings: 2}\n", "330105"),
        ("name: x\nsettings: {fertility: 1.1, fertility_first: 1.2}\n", "fertility"),
        ("name: x\nversion: 7\nsettings: {}\n", "version"),
        ("\x00\x01", "scenario"),
        ("!!python/object/apply:os.system ['true']\n", ""),
    ],
)
def test_a_scenario_file_that_cannot_be_had_is_told_and_what_stands_is_kept(text, named):
    from planner.scenario_widget import scenario_widget

    made = scenario_widget("瓯海区", "zh", "nursery_places_per_1000", draws=60)
    made.sliders["nursery_openings"].value = 1.5
    stands = made.draft.scenario
    made._by_hand(lambda: made.draft.load(text.encode(), "scenario.yaml"))
    assert named in made.message.value and "fault" in made.message.value
    assert made.draft.scenario == stands and "db-chance before" in made.answer.value


def test_the_language_is_switched_and_the_settings_stay(tab):
    tab.open(NURSERY + "&set=nursery_openings%3D2%402026")
    first = tab.chance()
    tab.page.get_by_role("link", name="English").click()
    tab.page.wait_for_function("document.documentElement.lang === 'en'")
    tab.page.wait_for_selector("body.alive", state="attached")
    assert tab.chance() == first
    shown = tab.page.locator(".dabiao-desk").inner_text()
    assert "Nursery places opened" in shown and "baseline" in shown
    assert "托位" not in tab.page.locator(".db-answer").inner_text()


def test_a_hostile_region_name_is_text_and_nothing_else(tab):
    for lang, name in (("zh", HOSTILE_ZH), ("en", HOSTILE_EN)):
        tab.open(f"/scenario_lab?region=339999&lang={lang}")
        assert name in tab.page.locator(".db-answer h2").inner_text()
        assert tab.page.evaluate("window.hacked") is None
        assert tab.page.locator(".db-answer img, .db-answer script").count() == 0
        assert ("虚构" if lang == "zh" else "fictional") in tab.page.locator(".db-answer h2").inner_text()


@pytest.mark.parametrize(
    "query, named",
    [
        ("region=%3Cscript%3Ewindow.hacked%3D1%3C/script%3E", "<script>"),
        ("region=瓯海县", "瓯海区"),
        ("region=330304&lang=fr", "fr"),
        ("region=330304&colour=red", "colour"),
    ],
)
def test_a_mistake_in_the_address_is_told_in_words(browser, server, query, named):
    tab = Tab(browser, server)
    answer = tab.open(f"/scenario_lab?{query}", alive=False)
    assert answer.status == 400 and named in tab.page.inner_text("main")
    assert tab.page.evaluate("window.hacked") is None and server.kernels() == 0
    tab.close()


def test_a_preset_is_taken_and_undone_and_levers_that_exclude_each_other_are_locked(tab):
    tab.open(NURSERY)
    base = tab.chance()
    tab.page.get_by_label("预设情景").select_option(label="生育支持组合")
    tab.page.wait_for_selector(".db-levers tbody tr:nth-child(4)")
    locked = tab.page.locator(".widget-slider", has_text="生育水平").locator("[disabled]")
    assert locked.count() > 0, "second births are set, so fertility as a whole cannot be"
    tab.page.get_by_role("button", name="撤销").click()
    tab.page.wait_for_function("!document.querySelector('.db-chance.before')")
    assert tab.chance() == base


@pytest.mark.parametrize("width", [1280, 800])
def test_it_fits_the_screen_and_every_control_can_be_reached_by_keyboard(tab, width):
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.open(NURSERY)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    names = tab.page.locator(".noUi-handle").evaluate_all("hs => hs.map(h => h.getAttribute('aria-label'))")
    assert len(names) > 8 and all(n and "依据" in n for n in names), (
        "each slider says what it means and on what evidence"
    )
    reached = set()
    tab.page.locator("body").press("Tab")
    for _ in range(60):
        reached.add(tab.page.evaluate("document.activeElement.className + document.activeElement.tagName"))
        tab.page.keyboard.press("Tab")
    for wanted in ("noUi-handle", "SELECT", "BUTTON", "INPUT", "SUMMARY"):
        assert any(wanted in r for r in reached), wanted
    chart = tab.page.locator(".db-figure svg")
    assert "80%" in chart.get_attribute("aria-label") and chart.bounding_box()["width"] > 0.4 * width


def test_it_prints_the_answer_without_the_sliders(tab):
    tab.open(NURSERY + "&set=nursery_openings%3D2%402026")
    tab.page.emulate_media(media="print")
    assert not tab.page.locator(".noUi-handle").first.is_visible()
    assert tab.page.locator(".db-answer").is_visible() and tab.page.locator(".db-levers").is_visible()
    assert tab.page.pdf()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    "page, lang, holds",
    [
        ("explore_nursery", "zh", "月龄"),
        ("explore_workforce", "en", "Retirement age"),
        ("explore_population", "en", "Births by order"),
        ("explore_targets", "zh", "这个数从哪里来"),
        ("compare_regions", "en", "Chance to be first"),
        ("forecast_evidence", "zh", "过去说的可能性"),
    ],
)
def test_every_page_opens_in_its_language_without_a_fault(tab, page, lang, holds):
    tab.open(f"/{page}?region=339999&lang={lang}", alive=page != "forecast_evidence")
    tab.page.wait_for_function("w => document.querySelector('#rendered_cells').innerText.includes(w)", arg=holds)
    assert tab.page.locator(".fault").count() == 0
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_no_more_pages_open_than_there_may_be_and_a_closed_one_makes_room(browser, server):
    tabs = [Tab(browser, server) for _ in range(MOST_PAGES + 2)]
    answers = [t.open("/scenario_lab?region=330304&lang=zh", alive=False) for t in tabs]
    assert [a.status for a in answers] == [200] * MOST_PAGES + [503, 503]
    assert "太多" in tabs[-1].page.inner_text("main") and server.kernels() == MOST_PAGES
    for t in tabs[:-1]:
        t.close()  # some of them in the midst of their run
    assert server.settled(0)
    assert tabs[-1].open("/scenario_lab?region=330304&lang=zh").status == 200
    tabs[-1].close()
    assert server.settled(0)


def test_a_page_whose_kernel_is_gone_says_so_and_opens_again_as_it_was(browser, server):
    tab = Tab(browser, server)
    tab.open(NURSERY + "&set=nursery_openings%3D2%402026")
    chance = tab.chance()
    children = psutil.Process(server.process.pid).children()
    (forks,) = (p for p in children if "multiprocessing.forkserver" in " ".join(p.cmdline()))
    for kernel in forks.children():
        kernel.kill()
    tab.page.wait_for_selector("button.reload")
    tab.page.locator("button.reload").click()
    tab.page.wait_for_selector("body.alive", state="attached")
    assert tab.chance() == chance
    tab.close()
    assert server.settled(0)


def test_a_number_typed_beyond_a_sliders_range_is_said_and_not_taken_in_silence(tab):
    tab.open(NURSERY)
    readout = tab.page.locator(".widget-slider", has_text="新开托位").locator(".widget-readout")
    readout.click()
    tab.page.keyboard.press("Control+A")
    tab.page.keyboard.type("99")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_function("document.querySelector('#notice').innerText.includes('0–5')")
    tab.addressed("set", "nursery_openings=5@")


def test_a_file_of_another_region_version_or_range_is_told_on_the_page_and_nothing_is_lost(tab):
    tab.open(NURSERY + "&set=nursery_openings%3D2%402026")
    stood = tab.chance()
    for text, named in (
        ("name: x\nregions: ['330105']\nsettings: {nursery_openings: 2}\n", "330105"),
        ("name: x\nversion: 7\nsettings: {}\n", "version"),
        ("name: x\nsettings: {nursery_openings: 9}\n", "between 0 and 5"),
    ):
        with tab.page.expect_file_chooser() as chooser:
            tab.page.get_by_role("button", name="载入情景文件").click()
        chooser.value.set_files({"name": "plan.yaml", "mimeType": "application/yaml", "buffer": text.encode()})
        tab.page.locator(".db-message.fault", has_text=named).wait_for()
        assert tab.chance() == stood and "nursery_openings=2@" in parse_qs(urlsplit(tab.page.url).query)["set"][0]


def test_the_link_is_copied_and_told(tab, browser, server):
    browser.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.root)
    tab.open(NURSERY + "&set=nursery_openings%3D2%402026")
    tab.page.get_by_role("button", name="复制链接").click()
    tab.page.wait_for_function("document.querySelector('#notice').innerText.includes('链接已复制')")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(server.root + "/scenario_lab?") and "nursery_openings" in copied and "token" not in copied


def test_what_a_slider_means_and_on_what_evidence_is_shown_on_hover_and_in_a_list(tab):
    tab.open(NURSERY)
    label = tab.page.locator(".widget-slider", has_text="家长付费").locator(".widget-label")
    assert "范围 0.3–1.5" in label.get_attribute("title") and "依据" in label.get_attribute("title")
    tab.page.get_by_text("各滑块的含义与依据").click()
    assert "范围 0.3–1.5" in tab.page.locator(".db-meaning").inner_text()


def test_what_stands_below_is_said_to_be_of_the_region_that_was_and_opened_again_for_the_one_that_is(tab):
    tab.open("/scenario_lab?region=330304&lang=en")
    tab.page.get_by_label("Region").select_option(label="Hangzhou City · Zhejiang Province")
    tab.addressed("region", "330100")
    notice = tab.page.locator(".stale-notice")
    notice.wait_for()
    notice.get_by_role("button").click()
    tab.page.wait_for_function("!document.querySelector('.stale-notice')")
    tab.page.wait_for_selector("body.alive", state="attached")
    assert "Hangzhou" in tab.page.locator(".db-answer h2").inner_text()


def test_what_must_change_is_asked_for_by_a_button_and_can_be_had_for_a_goal_of_ones_own(tab):
    tab.open("/scenario_lab?region=330304&lang=en&goal=nursery_places_per_1000:4.5:2028")
    tab.page.get_by_role("button", name="What must change").click()
    tab.page.wait_for_selector("section#change")
    shown = tab.page.locator("section#change").inner_text()
    assert "at least 4.5" in shown and "Break-even" in shown and tab.page.locator("section#change img").count() == 1


def test_a_page_without_a_desk_takes_another_region_by_its_name(tab):
    tab.open("/compare_regions?region=339999&lang=zh")
    box = tab.page.get_by_label("换一个地区：名称或代码")
    box.fill("瓯海区")
    box.press("Enter")
    tab.page.wait_for_function("document.querySelector('#title')?.innerText.includes('瓯海区')")
    tab.page.wait_for_selector("body.alive", state="attached")


def test_on_a_narrow_screen_the_chance_stays_in_sight_beside_the_last_slider(tab):
    tab.page.set_viewport_size({"width": 800, "height": 900})
    tab.open(NURSERY)
    last = tab.page.locator(".widget-slider").last
    last.scroll_into_view_if_needed()
    answer, slider = tab.page.locator("strong[data-chance]").bounding_box(), last.bounding_box()
    assert 0 <= answer["y"] < slider["y"] <= 900 - slider["height"]


def test_an_own_figure_is_typed_in_moves_the_chance_and_stays_in_the_address(tab):
    tab.open("/scenario_lab?region=330304&lang=zh&target=ouhai_2023_2027.gps_per_10000.2027")
    before = tab.chance()
    box = tab.page.locator(".dabiao-own")
    box.locator("select").first.select_option(
        label=box.locator("option", has_text="每万人全科医生数").first.inner_text()
    )
    box.locator("input[type=number]").fill("8.2")
    box.locator("input[type=number]").press("Tab")
    box.get_by_role("button", name="录入").click()
    tab.page.wait_for_selector(".db-own")
    assert tab.chance() > before and "无来源" in tab.page.locator(".db-own").inner_text()
    tab.addressed("own", "gps_per_10000=8.2@")
    box.get_by_role("button", name="删去").click()
    tab.page.wait_for_function("!document.querySelector('.db-own')")
    assert tab.chance() == before
