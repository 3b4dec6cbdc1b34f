"""Draw the README's result pictures from the committed JSON.

python benchmarks/pictures.py
"""

import json
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from readme_tables import speed_ratios
from sklearn.metrics import ConfusionMatrixDisplay

RESULTS = Path(__file__).parent / "results"


def read(name):
    """Return a committed result."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def confusion():
    """Verdicts of the strong recipe on ESC-10 and gtzan3."""
    figure, axes = plt.subplots(
        1, 2, figsize=(11, 5), width_ratios=[2, 1], layout="constrained"
    )
    titles = {"esc10": "ESC-10, five official folds", "gtzan3": "gtzan3, valid"}
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        report = read(f"strong_{name}")
        strong = report["methods"]["strong"]
        labels = [label.replace("_", " ") for label in report["classes"]]
        display = ConfusionMatrixDisplay(
            np.array(strong["confusion"]), display_labels=labels
        )
        display.plot(ax=ax, cmap="Blues", colorbar=False, xticks_rotation=60)
        ax.set(
            title=f"{title}: {strong['accuracy']:.1f} %", xlabel="verdict", ylabel=""
        )
    axes[0].set_ylabel("true class")
    figure.savefig(RESULTS / "strong_confusion.png", dpi=110)


def leakage():
    """The same models with windows, songs and artists held out."""
    results = read("leakage_gtzan3")["results"]
    splits = {"window": "windows", "song": "songs", "artist": "artists"}
    colours = dict(zip(splits, ("#D55E00", "#E69F00", "#0072B2"), strict=True))
    figure, axes = plt.subplots(
        1, 2, figsize=(11, 3.6), sharey=True, layout="constrained"
    )
    for ax, data in zip(axes, ("window table", "recordings"), strict=True):
        for i, report in enumerate(results[data].values()):
            for score in report["scores"]:
                if score["level"] != "song":
                    continue
                accuracy = 100 * score["accuracy"]
                place = i + 0.22 * (list(splits).index(score["split"]) - 1)
                below, above = 100 * score["low"], 100 * score["high"]
                ax.errorbar(
                    place,
                    accuracy,
                    [[accuracy - below], [above - accuracy]],
                    fmt="o",
                    color=colours[score["split"]],
                    label=f"{splits[score['split']]} held out" if i == 0 else None,
                )
        ax.set_xticks(range(len(results[data])), results[data])
        ax.set_title(f"gtzan3, {data}")
        ax.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel("songs right (%), 95 % interval")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.savefig(RESULTS / "leakage.png", dpi=110)


def speed():
    """How many times as fast as others, on a logarithmic axis."""
    body = speed_ratios()
    ratios = [float(ratio) for *_, ratio in body]
    height = 0.27 * len(body) + 0.8
    figure, ax = plt.subplots(figsize=(11, height), layout="constrained")
    kinds = list(dict.fromkeys(what.split(",")[0] for what, *_ in body))
    colours = dict(zip(kinds, ("#0072B2", "#E69F00", "#009E73"), strict=True))
    ax.barh(
        range(len(body)),
        ratios,
        color=[colours[what.split(",")[0]] for what, *_ in body],
    )
    ax.bar_label(ax.containers[0], [ratio for *_, ratio in body], padding=3)
    ax.set_yticks(range(len(body)), [f"{what} | {peer}" for what, peer, _ in body])
    ax.tick_params(axis="y", labelsize=8)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.invert_yaxis()
    ax.margins(x=0.08, y=0.01)
    ax.set(xscale="log", xlabel="times as fast as the other, one core")
    figure.savefig(RESULTS / "speed.png", dpi=110)


if __name__ == "__main__":
    mpl.use("Agg")
    confusion()
    leakage()
    speed()
