"""Draw the result pictures of both README files from the committed JSON.

python benchmarks/pictures.py [--out DIR]
"""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from measure import arguments, read
from sklearn.metrics import ConfusionMatrixDisplay
from tables import speed_ratios

SPLITS = {"window": "windows", "song": "songs", "artist": "artists"}


def main():
    """Draw all pictures."""
    options = arguments(__doc__, recordings=False)
    mpl.use("Agg")
    for draw in (strong_confusion, leakage, speed):
        path = options.out / f"{draw.__name__}.png"
        draw().savefig(path, dpi=110)
        print(f"Drawn: {path.name}")


def strong_confusion():
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
        title = f"{title}: {strong['accuracy']:.1f} %"
        ax.set(title=title, xlabel="verdict", ylabel="")
    axes[0].set_ylabel("true class")
    return figure


def leakage():
    """The same models with windows, songs and artists held out."""
    results = read("leakage_gtzan3")["results"]
    figure, axes = plt.subplots(
        1, 2, figsize=(11, 3.6), sharey=True, layout="constrained"
    )
    for ax, table in zip(axes, ("window table", "recordings"), strict=True):
        for i, report in enumerate(results[table].values()):
            draw_model(ax, i, report["scores"])
        ax.set_xticks(range(len(results[table])), results[table])
        ax.set_title(f"gtzan3, {table}")
        ax.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel("songs right (%), 95 % interval")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def draw_model(ax, place, scores):
    """Draw one model's accuracy under the three splits, side by side."""
    colours = dict(zip(SPLITS, ("#D55E00", "#E69F00", "#0072B2"), strict=True))
    for score in scores:
        if score["level"] != "song":
            continue
        accuracy = 100 * score["accuracy"]
        below, above = 100 * score["low"], 100 * score["high"]
        ax.errorbar(
            place + 0.22 * (list(SPLITS).index(score["split"]) - 1),
            accuracy,
            [[accuracy - below], [above - accuracy]],
            fmt="o",
            color=colours[score["split"]],
            # Once is enough for the legend.
            label=f"{SPLITS[score['split']]} held out" if place == 0 else None,
        )


def speed():
    """How many times as fast as others, on a logarithmic axis."""
    body = speed_ratios()
    figure, ax = plt.subplots(
        figsize=(11, 0.27 * len(body) + 0.8), layout="constrained"
    )
    kinds = [what.split(",")[0] for what, *_ in body]
    colours = dict(
        zip(dict.fromkeys(kinds), ("#0072B2", "#E69F00", "#009E73"), strict=True)
    )
    ax.barh(
        range(len(body)),
        [float(ratio) for *_, ratio in body],
        color=[colours[kind] for kind in kinds],
    )
    ax.bar_label(ax.containers[0], [ratio for *_, ratio in body], padding=3)
    ax.set_yticks(range(len(body)), [f"{what} | {peer}" for what, peer, _ in body])
    ax.tick_params(axis="y", labelsize=8)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.invert_yaxis()
    ax.margins(x=0.08, y=0.01)
    ax.set(xscale="log", xlabel="times as fast as the other, one core")
    return figure


if __name__ == "__main__":
    main()
