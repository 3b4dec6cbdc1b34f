import sys

import versions

REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_one" time="0.1" />
<testcase classname="tests.test_a" name="test_two"><failure>x</failure></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped /></testcase>
<testcase classname="tests.test_b" name="test_one"><error>x</error></testcase>
</testsuite></testsuites>"""
AGAIN = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_two" />
</testsuite></testsuites>"""


def test_a_test_counts_once_by_its_last_report(tmp_path):
    paths = [tmp_path / "lowest.xml", tmp_path / "again.xml"]
    for path, text in zip(paths, (REPORT, AGAIN), strict=True):
        path.write_text(text)
    assert versions.counted(paths[:1]) == {
        "outcomes": {"passed": 1, "failed": 2, "skipped": 1},
        "failures": ["tests.test_a.test_two", "tests.test_b.test_one"],
    }
    assert versions.counted(paths) == {
        "outcomes": {"passed": 2, "failed": 1, "skipped": 1},
        "failures": ["tests.test_b.test_one"],
    }


def test_an_interpreter_is_asked_for_its_versions():
    found = versions.versions(sys.executable)
    assert found["python"].startswith(f"{sys.version_info.major}.")
    assert set(versions.PACKAGES) < set(found)
