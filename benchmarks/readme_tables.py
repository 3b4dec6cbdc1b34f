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


TABLES = {"esc10": esc10, "strong": strong, "gtzan3": gtzan3, "leakage": leakage}


if __name__ == "__main__":
    main()
