import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from skgenre import SongWindows
from skgenre.model_selection import VotingComparison

# Of windows of one second: how sure each is of jazz.
JAZZ = {
    "a.wav": [0.9, 0.8, 0.7, 0.6],
    "b.wav": [0.1, 0.2, 0.3, 0.2],
    "<script>alert(1)<!--&amp;'\".wav": [0.4, 0.4, 0.4, 0.4],
    "d.wav": [0.3, 0.9, 0.9, 0.3],
    "\u00fcn\u00ef \u97f3 \U0001f3b5.wav": [0.1, 0.1, 0.1, 0.1],
    "empty.wav": [],
}
LABELS = ["jazz", "jazz", "rock", "rock", "rock", "rock"]


def write_noise(path, seconds=4.0, rate=8000, seed=0):
    noise = np.random.default_rng(seed).normal(size=int(seconds * rate))
    soundfile.write(path, 0.1 * noise, rate)
    return str(path)


@pytest.fixture(scope="session")
def paths(tmp_path_factory):
    """Five files of noise, four seconds each, and one that is none."""
    folder = tmp_path_factory.mktemp("heard") / "noise"
    folder.mkdir()
    files = [folder / name for name in JAZZ]
    for i, file in enumerate(files[:-1]):
        write_noise(file, seed=i)
    files[-1].write_bytes(b"")
    return [str(file) for file in files]


@pytest.fixture(scope="session")
def comparison(paths):
    """Mean and max of windows that are sure as in `JAZZ`: 3 of 5 right by mean."""
    jazz = np.concatenate([JAZZ[name] for name in JAZZ])
    counts = [len(own) for own in JAZZ.values()]
    windows = SongWindows(
        np.column_stack([jazz, 1 - jazz]),
        counts,
        song_ids=np.array(paths),
        starts=np.concatenate([np.arange(float(n)) for n in counts]),
        window_seconds=1.0,
    )
    mean = [[np.mean(own or [0.5]), 1 - np.mean(own or [0.5])] for own in JAZZ.values()]
    high = [
        [max(own or [0.5]), max(1 - p for p in own or [0.5])] for own in JAZZ.values()
    ]
    high = np.array(high) / np.sum(high, axis=1, keepdims=True)
    return VotingComparison(
        y=LABELS,
        song_proba={"mean": np.array(mean), "max": high},
        window_proba=windows,
        fold=[0, 1, 0, 1, 0, 1],
        reference="mean",
        n_bootstrap=100,
    )


# -- a browser ------------------------------------------------------------------------


def find(*names):
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A real browser without a screen."""
    selenium = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    chromium = find("chromium", "chromium-browser", "google-chrome")
    chromedriver = find("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("needs chromium and chromedriver")
    from selenium.webdriver.chrome.service import Service

    options = selenium.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
        "--window-size=1200,1000",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(flag)
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    driver = selenium.Chrome(options=options, service=Service(chromedriver))
    driver.execute_cdp_cmd("Network.enable", {})
    yield driver
    driver.quit()


def asked_for(driver):
    """Addresses of all that the browser asked for since the last call."""
    messages = [
        json.loads(m["message"])["message"] for m in driver.get_log("performance")
    ]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


@pytest.fixture
def opened(browser):
    """Open a page; afterwards nothing is in the console, and nobody was asked."""
    pages = []
    asked_for(browser)
    browser.get_log("browser")

    def open_page(path, *, may_ask=()):
        pages.extend([Path(path).as_uri(), *may_ask])
        browser.get(Path(path).as_uri())
        return browser

    yield open_page
    assert [m for m in browser.get_log("browser") if m["level"] != "INFO"] == []
    strange = [
        address
        for address in asked_for(browser)
        if not address.startswith(("blob:", "data:")) and address not in pages
    ]
    assert strange == []
    browser.get("about:blank")


@pytest.fixture
def wide(browser):
    """Give the page a width, or dark colours."""

    def emulate(width=None, *, dark=False):
        if width is not None:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1}
            browser.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride", {**size, "mobile": False}
            )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    yield emulate
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
