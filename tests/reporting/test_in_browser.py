"""The page in a real browser: what one sees, hears and types."""

import csv
import io
import time

import numpy as np
import pytest
from shell import write_song

from skgenre import SongWindows, read_model_card
from skgenre.audio import Excerpt
from skgenre.cli import main
from skgenre.model_selection import VotingComparison
from skgenre.reporting import report
from skgenre.review import Review, ReviewRow, read_review

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)<!--&amp;'\".wav"
MUSIC = "\u00fcn\u00ef \u97f3 \U0001f3b5.wav"


@pytest.fixture(scope="module")
def page(comparison, paths, tmp_path_factory):
    copies = [(paths[0], paths[1])]
    return report(comparison, tmp_path_factory.mktemp("page") / "r.html", copies=copies)


def all_of(driver, selector):
    return driver.find_elements("css selector", selector)


def one(driver, selector):
    return driver.find_element("css selector", selector)


def names(driver):
    return [button.text for button in all_of(driver, "tr.song .name")]


def press(driver, keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(driver).send_keys(keys).perform()


def choose(driver, label, value):
    from selenium.webdriver.support.ui import Select

    box = driver.find_element("xpath", f"//label[starts-with(., '{label}')]/select")
    Select(box).select_by_value(value)


def wait(driver, script, *, seconds=10):
    """Wait until a script gives something true; give it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = driver.execute_script(f"return {script}")
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never true: {script}")


AUDIO = "document.querySelector('audio')"


def test_the_figure_comes_first_and_names_stay_text(opened, page):
    driver = opened(page)
    assert one(driver, "h1").text == "Verdicts on 5 of 6 songs"
    figure = one(driver, ".figure").text
    assert figure == "60.0 % of 5 songs get the right genre"
    # Wrong ones first, the surest on top; then right ones, the least sure on top.
    expected = ["b.wav", "d.wav", SCRIPT, "a.wav", MUSIC, "empty.wav"]
    assert names(driver) == expected
    assert len(all_of(driver, "tr.song script")) == 0
    rows = [row.get_attribute("textContent") for row in all_of(driver, "tr.song")]
    rows = [row.replace("\u00a0", " ") for row in rows]
    assert rows[0].startswith("b.wavjazz\u2717 rock (wrong)80 %jazz 20 %")
    assert "no verdict" in rows[-1]


def test_heads_sort(opened, page):
    driver = opened(page)
    head = one(driver, "th[data-key=sure]")
    assert head.get_attribute("aria-sort") == "none"
    one(head, "button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    # 0.6 twice, which stay in their order; what has no verdict is last both times.
    up = [SCRIPT, "d.wav", "a.wav", "b.wav", MUSIC, "empty.wav"]
    assert names(driver) == up
    one(head, "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names(driver) == [MUSIC, "b.wav", "a.wav", SCRIPT, "d.wav", "empty.wav"]
    one(driver, "th[data-key=name] button").click()
    assert head.get_attribute("aria-sort") == "none"
    assert names(driver)[-1] == MUSIC


def test_filters_search_and_cells_of_the_matrix(opened, page):
    driver = opened(page)
    choose(driver, "Show", "wrong")
    assert names(driver) == ["b.wav", "d.wav"]
    assert one(driver, "p[role=status]").text == "2 of 6 songs."
    choose(driver, "Label", "0")
    assert names(driver) == ["b.wav"]
    driver.find_element("xpath", "//button[.='Reset']").click()
    assert len(names(driver)) == 6
    one(driver, "input[type=search]").send_keys("ROCK alert")
    assert names(driver) == [SCRIPT]
    driver.find_element("xpath", "//button[.='Reset']").click()
    choose(driver, "Show", "suspect")
    # As sure of rock, 0.8, as of those that are rock and judged so: 0.6 and 0.9.
    assert names(driver) == ["b.wav"]
    choose(driver, "Show", "copies")
    assert names(driver) == ["b.wav", "a.wav"]
    choose(driver, "Show", "error")
    assert names(driver) == ["empty.wav"]
    one(driver, "button[aria-label^='rock taken for jazz: 1 song']").click()
    assert names(driver) == ["d.wav"]
    one(driver, "input[type=search]").send_keys("nowhere")
    assert names(driver) == []
    assert "No song is like that" in one(driver, "table.songs").text


def test_one_song_says_why_and_by_what_seconds(opened, page):
    driver = opened(page)
    driver.find_element("xpath", "//button[.='d.wav']").click()
    said = one(driver, "tr.detail").text
    assert "Heard as jazz with 60 %, but labelled rock, from 4 windows" in said
    # Windows 2 and 3 give 0.9 + 0.9 of 2.4.
    assert "0:01.0 to 0:03.0 (75 %)" in said
    assert "All 2 votings say jazz." in said
    cells = all_of(driver, ".track .verdict i")
    assert [cell.value_of_css_property("opacity") for cell in cells] == [
        "0.3",
        "0.9",
        "0.9",
        "0.3",
    ]
    event = one(driver, ".track .events i")
    assert event.get_attribute("style") == "left: 25%; width: 50%;"
    assert one(driver, "tr.open .name").get_attribute("aria-expanded") == "true"
    driver.find_element("xpath", "//button[.='d.wav']").click()
    assert all_of(driver, "tr.detail") == []


def test_it_plays_and_seeks(opened, page):
    driver = opened(page)
    driver.find_element("xpath", "//button[.='d.wav']").click()
    assert wait(driver, f"{AUDIO}.duration") == pytest.approx(4, abs=0.1)
    track = one(driver, ".track")
    from selenium.webdriver.common.action_chains import ActionChains

    # The middle of the timeline is its second 2.
    ActionChains(driver).move_to_element(track).click().perform()
    assert wait(driver, f"{AUDIO}.currentTime") == pytest.approx(2, abs=0.05)
    assert track.get_attribute("aria-valuetext") == "0:02.0 of 0:04.0"
    assert (
        "At 0:02.0: window 0:02.0 to 0:03.0 says jazz 90 %"
        in one(driver, ".reading").text
    )
    press(driver, "\ue012")  # left
    assert track.get_attribute("aria-valuenow") == "1.0"
    press(driver, "\ue011")  # home
    assert track.get_attribute("aria-valuenow") == "0.0"
    press(driver, " ")
    wait(driver, f"!{AUDIO}.paused && {AUDIO}.currentTime > 0.3")
    moved = wait(driver, "parseFloat(document.querySelector('.cursor').style.left)")
    assert 5 < moved < 100
    press(driver, "p")
    wait(driver, f"{AUDIO}.paused")


def test_the_seconds_that_decided_are_heard_and_no_more(opened, page):
    driver = opened(page)
    driver.find_element("xpath", "//button[.='d.wav']").click()
    wait(driver, f"{AUDIO}.duration")
    one(driver, ".seconds button").click()
    wait(driver, f"{AUDIO}.currentTime > 1.1")
    wait(driver, f"{AUDIO}.paused")
    stopped = driver.execute_script(f"return {AUDIO}.currentTime")
    assert stopped == pytest.approx(3, abs=0.3)


def test_all_of_it_by_keyboard(opened, page):
    driver = opened(page)
    press(driver, "j")
    assert one(driver, "tr.open .name").text == "b.wav"
    press(driver, "j")
    assert one(driver, "tr.open .name").text == "d.wav"
    press(driver, "k")
    assert one(driver, "tr.open .name").text == "b.wav"
    assert driver.switch_to.active_element.text == "b.wav"
    wait(driver, f"{AUDIO}.duration")
    press(driver, " ")
    wait(driver, f"!{AUDIO}.paused")
    assert one(driver, "tr.open .name").text == "b.wav"  # Space did not close it
    press(driver, "\ue00c")  # escape
    assert all_of(driver, "tr.detail") == []
    press(driver, "/")
    press(driver, "jk")  # letters of a search are no commands
    assert names(driver) == []
    assert all_of(driver, "tr.detail") == []


def test_a_link_opens_its_song(opened, page):
    driver = opened(page)
    choose(driver, "Show", "right")
    driver.find_element("xpath", "//section[@id='suspects']//button").click()
    # It was filtered out, so the filter goes.
    assert one(driver, "tr.open .name").text == "b.wav"
    assert "The same recording is a.wav." in one(driver, "tr.detail").text
    one(driver, "tr.detail .link").click()
    assert one(driver, "tr.open .name").text == "a.wav"


@pytest.mark.parametrize(("width", "dark"), [(400, False), (400, True), (760, False)])
def test_narrow_pages_do_not_scroll_sideways(opened, page, wide, width, dark):
    wide(width, dark=dark)
    driver = opened(page)
    driver.find_element("xpath", "//button[.='d.wav']").click()
    seen = driver.execute_script("return document.documentElement.scrollWidth")
    assert seen <= width
    back = one(driver, "body").value_of_css_property("background-color")
    assert (back == "rgba(20, 23, 28, 1)") == dark


# -- where sound is -------------------------------------------------------------------


def test_linked_sound_is_played_from_its_file(browser, comparison, paths, tmp_path):
    page = report(comparison, tmp_path / "r.html", audio="link")
    browser.get(page.as_uri())
    browser.find_element("xpath", "//button[starts-with(., '<script>alert')]").click()
    assert wait(browser, f"{AUDIO}.duration") == pytest.approx(4, abs=0.1)
    browser.get("about:blank")


def test_a_file_that_is_gone_is_said(browser, tmp_path, comparison, paths):
    import shutil

    copies = [shutil.copy(path, tmp_path / f"{i}.wav") for i, path in enumerate(paths)]
    page = report(comparison, tmp_path / "r.html", songs=copies, audio="link")
    (tmp_path / "1.wav").unlink()
    browser.get(page.as_uri())
    one(browser, ".name").click()
    said = wait(browser, "document.querySelector('.detail p.wrong').textContent")
    assert said.startswith("The file ./1.wav cannot be played here")
    browser.get("about:blank")
    browser.get_log("browser")


@pytest.mark.parametrize("audio", ["embed", "link"])
def test_times_of_excerpts_are_those_of_their_file(browser, paths, tmp_path, audio):
    song = Excerpt(paths[0], start=1.0, end=3.0)
    windows = SongWindows(
        np.array([[0.9, 0.1], [0.2, 0.8]]),
        [2],
        starts=np.array([1.0, 2.0]),
        window_seconds=1.0,
    )
    windows = windows[[0, 0]]
    proba = np.array([[0.55, 0.45], [0.55, 0.45]])
    comparison = VotingComparison(
        y=["jazz", "rock"],
        song_proba={"mean": proba},
        window_proba=windows,
        fold=[0, 0],
        reference="mean",
    )
    page = report(comparison, tmp_path / "r.html", songs=[song] * 2, audio=audio)
    browser.get(page.as_uri())
    one(browser, ".name").click()
    wait(browser, f"{AUDIO}.duration")
    track = one(browser, ".track")
    assert track.get_attribute("aria-valuetext") == "0:01.0 of 0:03.0"
    track.send_keys("\ue014")  # right: second 2 of the file
    assert track.get_attribute("aria-valuenow") == "2.0"
    at = wait(browser, f"{AUDIO}.currentTime")
    assert at == pytest.approx(1 if audio == "embed" else 2, abs=0.05)
    browser.get("about:blank")


# -- many songs -----------------------------------------------------------------------


def test_two_thousand_songs_open_within_two_seconds(opened, tmp_path):
    rng = np.random.default_rng(0)
    n_songs, n_classes = 2000, 10
    proba = rng.dirichlet(np.ones(n_classes), size=23 * n_songs)
    windows = SongWindows(
        proba,
        [23] * n_songs,
        starts=np.tile(2.5 * np.arange(23), n_songs),
        window_seconds=5.0,
    )
    mean = proba.reshape(n_songs, 23, n_classes).mean(axis=1)
    y = np.array([f"class {k}" for k in rng.integers(0, n_classes, n_songs)])
    comparison = VotingComparison(
        y=y,
        song_proba={"mean": mean},
        window_proba=windows,
        fold=np.arange(n_songs) % 5,
        reference="mean",
        n_bootstrap=20,
    )
    songs = [rng.normal(size=22050).astype("float32") * 0.1] * n_songs
    page = report(comparison, tmp_path / "r.html", songs=songs, n_jobs=2)
    driver = opened(page)
    took = driver.execute_script(
        "const t = performance.getEntriesByType('navigation')[0];"
        "return t.loadEventEnd - t.startTime"
    )
    assert took < 2000
    assert len(names(driver)) == 50
    start = time.monotonic()
    one(driver, "th[data-key=sure] button").click()
    one(driver, "input[type=search]").send_keys("song 19")
    found = sum("19" in str(song) for song in range(n_songs))
    assert one(driver, "p[role=status]").text == f"{found} of 2,000 recordings."
    assert time.monotonic() - start < 2
    driver.find_element("xpath", f"//button[.='Show all {found}']").click()
    assert len(names(driver)) == found


# -- review ---------------------------------------------------------------------------


@pytest.fixture
def review_page(comparison, paths, tmp_path):
    rows = [
        {
            "rank": 1,
            "song": paths[1],
            "label": "jazz",
            "verdict": "rock",
            "confidence": 0.8,
            "second": "jazz",
            "reasons": ["Its label may be wrong.", "Its windows disagree."],
            "copy_of": paths[0],
        },
        {"rank": 3, "song": paths[0], "label": "jazz", "reasons": [], "copy_of": ""},
        {"rank": 2, "song": paths[2], "label": "rock", "comment": '=1+1, "x"'},
    ]
    return report(comparison, tmp_path / "r.html", review=rows)


def saved(driver, tmp_path):
    folder = tmp_path / "downloads"
    driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior",
        {"behavior": "allow", "downloadPath": str(folder)},
    )
    one(driver, "#save").click()
    end = time.monotonic() + 10
    while not (found := list(folder.glob("*.csv"))) and time.monotonic() < end:
        time.sleep(0.05)
    content = found[0].read_bytes()
    found[0].unlink()
    return content


def test_a_review_by_keyboard_is_saved_as_a_table(opened, review_page, paths, tmp_path):
    driver = opened(review_page)
    driver.execute_script("localStorage.clear()")
    driver.refresh()
    assert names(driver) == ["b.wav", SCRIPT, "a.wav"]
    one(driver, "#by").send_keys("Ada")
    driver.execute_script("document.activeElement.blur()")
    press(driver, "j")
    assert "Its windows disagree." in one(driver, ".decide").text
    press(driver, "2")  # it is rock
    assert "relabel: rock" in one(driver, "tr.open").text
    press(driver, "1")  # its own label: so it is right
    assert "Decided: right" in one(driver, "tr.open + tr").text
    press(driver, "2jx")
    press(driver, "ju")
    press(driver, "r")  # another thought
    assert one(driver, ".reviewbar").text.find("3 of 3 songs decided.") >= 0
    content = saved(driver, tmp_path)
    assert b"\r" not in content
    assert content.startswith(b"\xef\xbb\xbf")  # or Excel would garble names
    text = content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(table[0]) == [
        "rank",
        "song",
        "label",
        "verdict",
        "confidence",
        "second",
        "second_confidence",
        "reasons",
        "copy_of",
        "decision",
        "new_label",
        "decided_by",
        "decided_at",
        "comment",
    ]
    assert [row["rank"] for row in table] == ["1", "2", "3"]
    assert [row["song"] for row in table] == [paths[1], paths[2], paths[0]]
    decided = [(row["decision"], row["new_label"]) for row in table]
    assert decided == [("relabel", "rock"), ("leave out", ""), ("right", "")]
    assert {row["decided_by"] for row in table} == {"Ada"}
    assert table[0]["decided_at"].endswith("Z")
    assert table[0]["confidence"] == "0.8"
    assert table[0]["reasons"] == "Its label may be wrong. Its windows disagree."
    # No spreadsheet runs it.
    assert table[1]["comment"] == '\'=1+1, "x"'


def test_choices_survive_a_reload(opened, review_page, tmp_path):
    driver = opened(review_page)
    # Choices are kept for the same content, as that of the test before.
    driver.execute_script("localStorage.clear()")
    driver.refresh()
    press(driver, "j")
    one(driver, "input[aria-label='Another label']").send_keys("blues\ue007")
    driver.refresh()
    assert "relabel: blues" in one(driver, "tr.song").text
    one(driver, "#by").send_keys("Bo")
    content = saved(driver, tmp_path).decode()
    assert "relabel,blues,Bo," in content
    choose(driver, "Show", "undecided")
    assert names(driver) == [SCRIPT, "a.wav"]


def test_from_the_command_through_the_page_and_back(opened, tmp_path):
    """What is decided by keys on the page of `review` is what `train` takes back."""
    pytest.importorskip("skops")
    pytest.importorskip("typer")
    data, model = tmp_path / "data", tmp_path / "m.skgenre"
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(9):
            write_song(data / genre / f"band {i % 3} - {i}.wav", frequency + 20 * i)
    write_song(data / "low" / "wrong é.wav", 3070)
    quick = ["--recipe", "baseline", "--window", "1", "--jobs", "1", "--folds", "2"]
    assert main(["train", str(data), "-o", str(model), *quick]) == 0
    page, table = tmp_path / "review.html", tmp_path / "review.csv"
    asked = ["review", str(data), "--model", str(model), "--out", str(table)]
    assert main([*asked, "--report", str(page), "--jobs", "1"]) == 0
    driver = opened(page)
    driver.execute_script("localStorage.clear()")
    driver.refresh()
    assert names(driver)[0] == "low/wrong é.wav"
    press(driver, "j1")  # the first is "high"
    table.write_bytes(saved(driver, tmp_path))
    again = ["train", str(data), "--review", str(table), "-o", str(model), *quick]
    assert main(again) == 0
    assert read_model_card(model).facts["songs"] == {"high": 10, "low": 9}


def test_columns_that_somebody_added_are_saved(opened, paths, tmp_path):
    review = Review(
        (
            ReviewRow(1, "a.wav", "jazz", extra=(("who, when", 'Ann, "noon"'),)),
            ReviewRow(2, "b.wav", "jazz", extra=(("=sum", "=1+1"),)),
        )
    )
    driver = opened(report(review, tmp_path / "r.html", audio="none"))
    text = saved(driver, tmp_path).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["who, when"] for row in table] == ['Ann, "noon"', ""]
    # No spreadsheet runs it, in the head neither.
    assert [row["'=sum"] for row in table] == ["", "'=1+1"]
    (tmp_path / "review.csv").write_text(text, encoding="utf-8")
    read = read_review(tmp_path / "review.csv")
    assert dict(read.rows[0].extra)["who, when"] == 'Ann, "noon"'
    assert dict(read.rows[1].extra)["=sum"] == "=1+1"
