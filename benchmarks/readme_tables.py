"""Write the result tables of README.md from the committed JSON.

python benchmarks/readme_tables.py
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PUBLISHED = "published"


def main():
    """Replace each table in README.md."""
    readme = ROOT / "README.md"
    readme.write_text(render(readme.read_text()))


def render(text):
    """Return README text with every marked table made anew."""
    for name, table in TABLES.items():
        text = re.sub(
            rf"(<!-- table: {name} -->\n).*?(<!-- end -->)",
            lambda match, table=table: match[1] + table() + match[2],
            text,
            flags=re.DOTALL,
        )
    return text


def read(name):
    """Return a committed result."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def rows(header, body):
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *body]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def esc10():
    """Votings per fold, and the paired gain."""
    per_fold = read("esc10")["per_fold"]
    majority = per_fold["majority"]
    body = []
    for voting, scores in per_fold.items():
        gains = [a - b for a, b in zip(scores, majority, strict=True)]
        body.append(
            [
                voting,
                f"{sum(scores) / 5:.2f}",
                *(f"{score:.2f}" for score in scores),
                " ".join(f"{gain:+.2f}" for gain in gains),
            ]
        )
    folds = [f"fold {k}" for k in range(1, 6)]
    return rows(["voting", "mean", *folds, "points above majority, by fold"], body)


def strong():
    """Recipes beside what was published."""
    esc, gtzan = read("strong_esc10")["methods"], read("strong_gtzan3")["methods"]
    names = {
        "dummy": "dummy",
        "mean_features": "mean features of the song, no windows",
        "baseline": "`recipes.baseline`",
        "fast": "`recipes.fast`",
        "strong": "`recipes.strong`",
        "nested": "`strong`, parts chosen by nested CV",
    }

    def cell(figures):
        low, high = figures["interval_95"]
        return f"{figures['accuracy']:.1f} ({low:.0f} to {high:.0f})"

    body = [[title, cell(esc[key]), cell(gtzan[key])] for key, title in names.items()]
    published = read("esc10")["published"]
    body += [[f"{title}, {PUBLISHED}", value, ""] for title, value in published.items()]
    return rows(["% right (95 % interval)", "ESC-10", "gtzan3 valid"], body)


def gtzan3():
    """Every voting on the same fit."""
    report = read("gtzan3")
    body = [
        [
            voting,
            f"{100 * figures['accuracy']:.1f}",
            f"{100 * figures['balanced_accuracy']:.1f}",
            f"{figures['log_loss']:.3f}",
            f"{100 * figures['ece']:.1f}",
        ]
        for voting, figures in report["pooled"].items()
    ]
    first = next(iter(report["pooled"].values()))
    windows = [
        "(windows by themselves)",
        f"{100 * first['window_accuracy']:.1f}",
        "",
        "",
        "",
    ]
    header = ["voting", "% of songs", "balanced", "log-loss", "ECE %"]
    return rows(header, [*body, windows])


def leakage():
    """The same models under three splits."""
    body = []
    results = read("leakage_gtzan3")["results"]
    for data in ("window table", "recordings"):
        for model, report in results[data].items():
            accuracy = {
                (s["level"], s["split"]): f"{100 * s['accuracy']:.1f}"
                for s in report["scores"]
            }
            splits = ("window", "song", "artist")
            body.append(
                [
                    f"{data}, {model}",
                    *(accuracy["window", split] for split in splits),
                    *(accuracy["song", split] for split in splits),
                ]
            )
    header = ["held out:", "windows", "songs", "artists", "windows", "songs", "artists"]
    rightness = ["% right of", *["windows"] * 3, *["songs"] * 3]
    return rows(header, [rightness, *body])


def votings():
    """Every voting with several window classifiers on ESC-10."""
    results = [r for r in read("votings_esc10")["results"] if r["overlap"] == 0.5]
    body = [
        ["(windows by themselves)"]
        + [f"{100 * result['window_accuracy']:.1f}" for result in results]
    ]
    for voting in results[0]["votings"]:
        line = [voting]
        for result in results:
            figures = result["votings"][voting]
            stars = ""
            if voting != "majority" and figures["p_value"] < 0.05:
                stars = " \\*\\*" if figures["p_holm"] < 0.05 else " \\*"
            line.append(f"{100 * figures['accuracy']:.1f}{stars}")
        body.append(line)
    return rows(["voting", *(result["classifier"] for result in results)], body)


def overlap():
    """Log-loss and calibration against the overlap of windows."""
    columns = [
        (name, result)
        for name in ("esc10", "gtzan3")
        for result in read(f"votings_{name}")["results"]
        if result["classifier"] == "logistic regression"
    ]
    body = [
        [voting]
        + [
            f"{result['votings'][voting]['log_loss']:.2f} / "
            f"{100 * result['votings'][voting]['ece']:.0f}"
            for _, result in columns
        ]
        for voting in columns[0][1]["votings"]
    ]
    header = [f"{name}, {100 * result['overlap']:.0f} %" for name, result in columns]
    return rows(["log-loss / ECE %", *header], body)


def search():
    """Seconds of grid searches over votings."""
    body = []
    for classifier, result in read("bench_search")["results"].items():
        seconds = result["median_seconds"]
        body.append(
            [
                classifier,
                f"{seconds['1 voting']:.2f}",
                f"{seconds['8 votings']:.2f}",
                f"{seconds['8 votings, memory']:.2f}",
                f"{result['ratios']['8 votings, memory']:.2f}",
            ]
        )
    header = ["5 folds, seconds", "1 voting", "8 votings", "8, memory=", "ratio to 1"]
    return rows(header, body)


TABLES = {
    "esc10": esc10,
    "gtzan3": gtzan3,
    "leakage": leakage,
    "overlap": overlap,
    "search": search,
    "strong": strong,
    "votings": votings,
}


if __name__ == "__main__":
    main()
