"""Draw the result pictures of both README files from the committed JSON.

The picture of a report is taken with Chromium, if there is one.

python benchmarks/pictures.py [--out DIR]
"""

import shutil
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from measure import arguments, read
from PIL import Image
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from tables import speed_ratios

from skgenre import recipes
from skgenre.datasets import make_songs
from skgenre.model_selection import compare_votings
from skgenre.plotting import ConfusionDisplay, TimelineDisplay
from skgenre.reporting import report as write_report

SPLITS = {"window": "windows", "song": "songs", "artist": "artists"}


def main():
    """Draw all pictures."""
    options = arguments(__doc__, recordings=False)
    mpl.use("Agg")
    for draw in (timeline, confusion, strong_confusion, leakage, speed):
        path = options.out / f"{draw.__name__}.png"
        draw().savefig(path, dpi=110)
        shrink(path)
        print(f"Drawn: {path.name}, {path.stat().st_size / 1000:.0f} kB")
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        print("Not taken, as there is no Chromium: report.png")
        return
    take_report(options.out / "report.png")


def shrink(path):
    """Keep 128 colours, which nobody sees and which makes a third of the file."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(128)
    small.save(path, optimize=True)


def timeline():
    """A made-up song, judged by a model that never heard its players."""
    with tempfile.TemporaryDirectory() as folder:
        songs = make_songs(
            folder,
            n_songs=10,
            min_seconds=20,
            max_seconds=30,
            distraction=0.4,
            random_state=0,
        )
        paths = np.array([str(path) for path in songs.data])
        y = np.asarray(songs.target)
        split = StratifiedGroupKFold(3).split(paths, y, songs.groups)
        train, test = next(split)
        model = recipes.baseline(window_seconds=2.0).fit(paths[train], y[train])
        # The most doubtful of the songs that are judged right.
        proba = model.predict_proba(paths[test])
        right = model.predict(paths[test]) == y[test]
        song = int(test[np.where(right, proba.max(axis=1), 2).argmin()])
        display = TimelineDisplay.from_estimator(
            model, paths, song=song, truth=y[song], above="mel", below="contribution"
        )
    return display.figure_


def take_report(path):
    """Take the page of made-up songs, with the surest wrong verdict opened."""
    with tempfile.TemporaryDirectory() as folder:
        songs = make_songs(
            folder,
            n_songs=10,
            n_artists=10,
            min_seconds=12,
            max_seconds=30,
            distraction=0.4,
            random_state=0,
        )
        *steps, (_, vote) = recipes.baseline(window_seconds=2.0).steps
        windows = Pipeline(steps).fit_transform(songs.data)
        comparison = compare_votings(vote, windows, songs.target, groups=songs.groups)
        page = write_report(
            comparison, Path(folder, "report.html"), songs=songs, copies=[]
        )
        screenshot(page, path)
    shrink(path)
    print(f"Taken: {path.name}, {path.stat().st_size / 1000:.0f} kB")


def screenshot(page, path):
    """Open a page and its first song, and take what is seen of it."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in (
        "headless=new",
        "no-sandbox",
        "hide-scrollbars",
        "window-size=1000,1580",
        "force-device-scale-factor=0.75",
    ):
        options.add_argument(f"--{argument}")
    options.binary_location = shutil.which("chromium")
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options, service)
    try:
        driver.get(page.as_uri())
        driver.find_element("css selector", "tr.song .name").click()
        driver.execute_script("window.scrollTo(0, 0)")
        time.sleep(1)  # it draws what windows say
        driver.save_screenshot(str(path))
    finally:
        driver.quit()


def confusion():
    """Verdicts of the strong recipe on ESC-10, over the official folds."""
    return draw_confusion("strong_esc10").figure_


def draw_confusion(name, ax=None):
    """Draw songs by label and verdict from the counts in a result."""
    report = read(name)
    labels = [label.replace("_", " ") for label in report["classes"]]
    counts = np.array(report["methods"]["strong"]["confusion"])
    rows, columns = np.nonzero(counts)
    n_songs = counts[rows, columns]
    return ConfusionDisplay.from_predictions(
        np.array(labels)[np.repeat(rows, n_songs)],
        np.array(labels)[np.repeat(columns, n_songs)],
        classes=labels,
        ax=ax,
    )


def strong_confusion():
    """Verdicts of the strong recipe on ESC-10 and gtzan3."""
    figure, axes = plt.subplots(
        1, 2, figsize=(11, 5), width_ratios=[2, 1], layout="constrained"
    )
    titles = {"esc10": "ESC-10, five official folds", "gtzan3": "gtzan3, valid"}
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        draw_confusion(f"strong_{name}", ax)
        ax.set_title(f"{title}:\n{ax.get_title(loc='left')}", loc="left")
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
