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


def networks():
    """Networks on windows and on songs, with seconds and memory."""
    body = []
    for part, result in read("networks_esc10")["parts"].items():
        for rule, figures in result["rules"].items():
            body.append([*network_name(part, rule), *network_cells(result, figures)])
    gtzan = read("networks_gtzan3")["parts"]
    for line, (part, rule) in zip(body, network_lines(), strict=True):
        found = gtzan.get(part)
        line.insert(3, f"{found['rules'][rule]['accuracy']:.1f}" if found else "")
    for title, accuracy in read("networks_esc10")["published"].items():
        body.append([f"{title}, {PUBLISHED}", "", f"{accuracy}", *[""] * 5])
    header = ["network", "song by", "ESC-10 %", "gtzan3 %", "by fold of ESC-10"]
    return rows([*header, "log-loss", "s / epoch", "peak MiB"], body)


def network_lines():
    """Yield each part and rule of the ESC-10 run."""
    for part, result in read("networks_esc10")["parts"].items():
        for rule in result["rules"]:
            yield part, rule


def network_name(part, rule):
    """Return what was trained, and how a song's verdict comes about."""
    network, _, pooling = part.partition("_mil_")
    title = {"cnn": "`window_model`", "resnet": "`resnet_window_model`"}[network]
    if pooling:
        return f"{title} on songs", f"MIL {pooling}"
    return f"{title} on windows", f"vote {rule}"


def network_cells(result, figures):
    """Return the cells of a network's line."""
    return [
        f"{figures['accuracy']:.2f}",
        " ".join(f"{score:.1f}" for score in figures["per_fold"]),
        f"{figures['log_loss']:.2f}",
        f"{result['seconds']['per_epoch']:.1f}",
        result["peak_memory_mib"],
    ]


def speed():
    """Ratios of the speed benchmarks, with the peers' versions."""
    return rows(["what", "beside", "times as fast"], speed_ratios())


def speed_ratios():
    """Return what, beside which peer, and the ratio, of all speed benchmarks."""
    mfcc, audio = read("bench_mfcc"), read("bench_audio")
    versions = mfcc["environment"]
    peers = {
        "librosa, window by window": f"librosa {versions['librosa']}, a loop",
        "torch.stft + matmul": f"torch {versions['torch']}, stft and matmul",
        "tf.signal in a tf.function": f"TensorFlow {versions['tensorflow']}, tf.signal",
        "scipy.fft.rfft of the frames, nothing else": (
            f"scipy {versions['scipy']}, rfft of the frames alone"
        ),
    }
    body = []
    for n_fft, contenders in mfcc["n_fft"].items():
        ours = contenders["skgenre float32"]["cpu_ms"]
        for name, title in peers.items():
            ratio = contenders[name]["cpu_ms"] / ours
            body.append([f"MFCC, n_fft {n_fft}", title, f"{ratio:.1f}"])
    loop = f"librosa {versions['librosa']}: load, then a loop"
    for kind, result in audio["results"].items():
        ratio = result["ratios"]["loop / ours"]
        body.append([f"file to MFCC, {kind}", loop, f"{ratio:.1f}"])
    ratio = audio["jobs"]["ratios"]["2 threads"]
    body.append(["file to MFCC, two threads", "one thread", f"{ratio:.2f}"])
    voting = read("bench_voting")
    pandas = f"pandas {voting['environment']['pandas']}, groupby.mean"
    for case, result in voting["results"].items():
        ratio = result["times_pandas"]["ours mean"]
        body.append([f"mean of 10 M windows, {case}", pandas, f"{ratio:.1f}"])
    return body


def scale():
    """Memory, cache and clusters."""
    memory, cache, cluster = (
        read(name) for name in ("bench_memory", "bench_cache", "bench_cluster")
    )
    songs, hours = memory["songs"], memory["hours"]
    core = cluster["times_real_time_per_core"]
    body = [
        [
            f"{songs['n_songs']:,} songs of a minute, {songs['features_mib']:.0f} MiB "
            "of MFCC in memory: peak above the features",
            f"{songs['above_features_mib']:.0f} MiB",
        ],
        [
            "the same with `n_jobs=2`",
            f"{memory['songs_two_jobs']['above_features_mib']:.0f} MiB",
        ],
        [
            "the same with `output=` a file: peak",
            f"{memory['songs_in_a_file']['peak_mib']:.0f} MiB",
        ],
        [
            f"one file of {hours['hours']:.0f} hours ({hours['file']}), cut, "
            "featurised and predicted: peak",
            f"{hours['peak_mib']:.0f} MiB",
        ],
        ["a song in the cache", f"{cache['warm_ms_per_song']:.2f} ms"],
        ["mp3 to MFCC statistics, one core", f"{core:.0f} times real time"],
    ]
    return rows(["what", "measured"], body)


def fma():
    """Hours for FMA-full against workers."""
    report = read("bench_cluster")
    hours = report["fma_hours"]
    line = [f"{h:.1f}" if h >= 1 else f"{60 * h:.0f} min" for h in hours.values()]
    return rows(["workers, one core each", *hours], [["hours, simulated", *line]])


TABLES = {
    "esc10": esc10,
    "fma": fma,
    "gtzan3": gtzan3,
    "leakage": leakage,
    "networks": networks,
    "overlap": overlap,
    "scale": scale,
    "search": search,
    "speed": speed,
    "strong": strong,
    "votings": votings,
}


if __name__ == "__main__":
    main()
