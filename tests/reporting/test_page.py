import json
import re

from skgenre.reporting._content import ReportContent, ReportSong
from skgenre.reporting._page import page_of
from skgenre.reporting._sound import Sound

NASTY = "</script><script>alert(1)</script>{{sounds}}&amp;<!--"


def page(name="a.wav", sound=None, title="T"):
    song = ReportSong(name=name, key=name, verdict=0, proba=(1.0,))
    content = ReportContent(title=title, classes=[name], songs=[song])
    return page_of(content, [sound or Sound("none", why="Not wanted.")])


def data_of(text):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found[1])


def test_names_stand_in_the_page_as_data_alone():
    text = page(NASTY, title=NASTY)
    assert "alert(1)</script>" not in text
    assert data_of(text)["songs"][0]["name"] == NASTY
    assert data_of(text)["classes"] == [NASTY]
    assert "<title>&lt;/script&gt;&lt;script&gt;" in text


def test_sound_is_embedded_beside_the_data():
    text = page(sound=Sound("embed", "QUJD", offset=2.0))
    assert '<script type="text/plain" id="sound-0">QUJD</script>' in text
    told = data_of(text)["songs"][0]["sound"]
    assert (told["kind"], told["offset"], told["link"]) == ("embed", 2.0, "")
    assert 'id="sound-0"' not in page()


def test_the_page_forbids_to_ask_anybody():
    text = page()
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', text)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in text.replace("http-equiv", "")


def test_the_hash_tells_contents_apart():
    assert data_of(page("a"))["hash"] == data_of(page("a"))["hash"]
    assert data_of(page("a"))["hash"] != data_of(page("b"))["hash"]
