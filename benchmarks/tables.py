"""Write the result tables of both README files from the committed JSON.

python benchmarks/tables.py
"""

import re
from pathlib import Path

from measure import arguments, read

ROOT = Path(__file__).parent.parent
FILES = (ROOT / "README.md", ROOT / "benchmarks" / "README.md")
PUBLISHED = "published"


def main():
    """Make each marked table anew."""
    arguments(__doc__, recordings=False, out=False)
    for path in FILES:
        path.write_text(render(path.read_text()))


def render(text):
    """Return a README's text with every marked table made anew."""
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda match: match[1] + TABLES[match[2]]() + match[3],
        text,
        flags=re.DOTALL,
    )


def markdown(header, body):
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
    return markdown(["voting", "mean", *folds, "points above majority, by fold"], body)


METHODS = {
    "dummy": "dummy",
    "mean_features": "mean features of the song, no windows",
    "baseline": "`recipes.baseline`",
    "fast": "`recipes.fast`",
    "strong": "`recipes.strong`",
    "nested": "`strong`, parts chosen by nested CV",
}


EARS = {
    "strong": ("`recipes.strong`, hears nothing but your songs", "none"),
    "musicnn_msd": ("MusiCNN, MSD", "ISC"),
    "musicnn_mtt": ("MusiCNN, MTT", "ISC"),
    "musicnn": ("MusiCNN, MSD and MTT side by side", "ISC"),
    "fusion_equal": ("MusiCNN and `strong`, equal", "ISC"),
    "fusion": ("fusion of MusiCNN, `fast` and `strong`", "ISC"),
    "birdnet": ("BirdNET 2.4", "CC BY-NC-SA"),
    "fusion_birdnet": ("fusion of these and BirdNET", "CC BY-NC-SA"),
}


# Of the table in the door.
SHORT = ("musicnn",)


def strong():
    """Recipes beside all that was published."""
    return recipes(METHODS, read("esc10")["published"])


def short():
    """Recipes beside the best that was published of each kind."""
    published = read("esc10")["published"]
    kinds = ("CNN, long windows, probability", "people")
    best = {k: v for k, v in published.items() if k.startswith(kinds)}
    return recipes(["mean_features", "baseline", "fast", "strong"], best, ears=SHORT)


def recipes(methods, published, ears=()):
    """Some methods, and some networks, beside some published figures."""
    esc, gtzan = read("strong_esc10")["methods"], read("strong_gtzan3")["methods"]
    body = [[METHODS[m], interval(esc[m]), interval(gtzan[m])] for m in methods]
    body += [[heard_by(ear), *ear_cells(ear)] for ear in ears]
    body += [[f"{title}, {PUBLISHED}", value, ""] for title, value in published.items()]
    return markdown(["% right (95 % interval)", "ESC-10", "gtzan3 valid"], body)


def heard_by(ear):
    """Name a network, or a fusion, with its licence."""
    title, licence = EARS[ear]
    return f"{title} ({licence})"


def ear_cells(ear):
    """Accuracies of a network, or a fusion; nothing where it was not measured."""
    found = [read(f"pretrained_{name}")["methods"] for name in ("esc10", "gtzan3")]
    return [interval(methods[ear]) if ear in methods else "" for methods in found]


def pretrained():
    """Networks alone and fused, with licences, beside strong."""
    reports = [read(f"pretrained_{name}") for name in ("esc10", "gtzan3")]
    body = []
    for name, (title, licence) in EARS.items():
        cells = [
            cell
            for report in reports
            for cell in (
                interval(report["methods"][name]) if name in report["methods"] else "",
                gain(report["minus_strong"].get(name)),
            )
        ]
        body.append([title, licence, *cells])
    header = ["% right (95 % interval)", "licence", "ESC-10", "above `strong`"]
    return markdown([*header, "gtzan3 valid", "above `strong`"], body)


def gain(figures):
    """Points above another method with their interval; nothing if not measured."""
    if figures is None:
        return ""
    low, high = figures["interval_95"]
    return f"{figures['points']:+.1f} ({low:+.1f} to {high:+.1f})"


def interval(figures):
    """Accuracy with its interval."""
    low, high = figures["interval_95"]
    return f"{figures['accuracy']:.1f} ({low:.0f} to {high:.0f})"


def lengths():
    """What strong's classifiers reach with short, long and both windows."""
    columns = [
        (title, name, windows)
        for title, name in (("ESC-10", "esc10"), ("gtzan3", "gtzan3"))
        for windows in ("windows_2s", "windows_5s", "windows_2s + windows_5s")
    ]
    found = {
        (name, part["windows"], part["classifiers"]): part["accuracy"]
        for name in ("esc10", "gtzan3")
        for part in read(f"strong_{name}")["ablation"]
        if part["voting"] == "mean"
    }
    body = [
        [kind, *(f"{found[name, windows, kind]:.1f}" for _, name, windows in columns)]
        for kind in ("lda", "svm", "trees", "lda + svm + trees")
    ]
    seconds = {"windows_2s": "2 s", "windows_5s": "5 s"}
    header = [
        f"{title}, {seconds.get(windows, 'both')}" for title, _, windows in columns
    ]
    return markdown(["% right", *header], body)


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
    return markdown(header, [*body, windows])


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
    return markdown(header, [rightness, *body])


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
    return markdown(["voting", *(result["classifier"] for result in results)], body)


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
    return markdown(["log-loss / ECE %", *header], body)


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
    return markdown(header, body)


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
    return markdown([*header, "log-loss", "s / epoch", "peak MiB"], body)


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
    body = [*speed_ratios(), *spectral_ratios(), *embedding_ratios()]
    return markdown(["what", "beside", "times as fast"], body)


def speed_ratios():
    """Return what, beside which peer, and the ratio, of all speed benchmarks."""
    return [*mfcc_ratios(), *audio_ratios(), *voting_ratios()]


def mfcc_ratios():
    """Yield the ratios of the kernel."""
    report = read("bench_mfcc")
    versions = report["environment"]
    peers = {
        "librosa, window by window": f"librosa {versions['librosa']}, a loop",
        "torch.stft + matmul": f"torch {versions['torch']}, stft and matmul",
        "tf.signal in a tf.function": f"TensorFlow {versions['tensorflow']}, tf.signal",
        "scipy.fft.rfft of the frames, nothing else": (
            f"scipy {versions['scipy']}, rfft of the frames alone"
        ),
    }
    for n_fft, contenders in report["n_fft"].items():
        ours = contenders["skgenre float32"]["cpu_ms"]
        for name, title in peers.items():
            ratio = contenders[name]["cpu_ms"] / ours
            yield [f"MFCC, n_fft {n_fft}", title, f"{ratio:.1f}"]


def audio_ratios():
    """Yield the ratios from files to features."""
    report = read("bench_audio")
    loop = f"librosa {report['environment']['librosa']}: load, then a loop"
    for kind, result in report["results"].items():
        yield [f"file to MFCC, {kind}", loop, f"{result['ratios']['loop / ours']:.1f}"]
    ratio = report["jobs"]["ratios"]["2 threads"]
    yield ["file to MFCC, two threads", "one thread", f"{ratio:.2f}"]


def voting_ratios():
    """Yield the ratios of the mean of probabilities."""
    report = read("bench_voting")
    pandas = f"pandas {report['environment']['pandas']}, groupby.mean"
    for case, result in report["results"].items():
        ratio = result["times_pandas"]["ours mean"]
        yield [f"mean of 10 M windows, {case}", pandas, f"{ratio:.1f}"]


def spectral_ratios():
    """Yield the ratios of the descriptors of frames."""
    report = read("bench_spectral")
    sets = report["sets"]
    n_features = len(report["features"])
    loop = f"librosa {report['environment']['librosa']}, one STFT a window"
    for name, title in (
        ("compiled", ""),
        ("compiled, percentiles too", ", percentiles"),
    ):
        ratio = sets[name]["cpu_times_the_loop"]
        yield [f"{n_features} spectral descriptors{title}", loop, f"{ratio:.1f}"]
    over = 1 / sets["compiled"]["cpu_over_mfcc"]
    yield [f"{n_features} spectral descriptors", "MFCC alone", f"{over:.2f}"]


def embedding_ratios():
    """Yield the ratios from files to embeddings of MusiCNN."""
    report = read("bench_embeddings")
    version = report["environment"]["onnxruntime"]
    loop = f"onnxruntime {version}, a loop over windows of librosa"
    lines = (
        ("windows of 3 s", loop, "loop / ours"),
        ("windows of 6 s", loop, "long loop / long ours"),
        (
            "two songs at a time",
            "the loop on two threads",
            "loop, two threads / two songs",
        ),
        ("two songs at a time", "one", "ours / two songs"),
    )
    for what, beside, name in lines:
        yield [f"file to embedding, {what}", beside, f"{report['ratios'][name]:.2f}"]


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
    return markdown(["what", "measured"], body)


def fuzz():
    """What came of damaged files."""
    reports = [read("fuzz_audio"), read("fuzz_files")]
    shown = {
        "read, or equal to the last bit": ("read", "equal"),
        "read, and said to be damaged": ("read, with a note",),
        "refused with an error that names the file": ("refused",),
        "forged with every checksum right: another model": (
            "another model, every checksum right",
            "forged, fails in use",
        ),
        "crashes, hangs, more than 500 MB": ("crash", "hang", "heap"),
        "other exceptions": ("exception",),
        "wrong values": ("wrong rows", "wrong values"),
        "code that was run": ("code run",),
    }
    body = [
        [text, *(f"{sum(r['outcomes'].get(k, 0) for k in keys):,}" for r in reports)]
        for text, keys in shown.items()
    ]
    body.append(["slowest file", *(f"{r['slowest_seconds']:.1f} s" for r in reports)])
    body.append(["most memory", *(f"{r['most_mb']:.0f} MB" for r in reports)])
    songs, files = (f"{report['n']:,}" for report in reports)
    header = ["damaged at random", f"{songs} songs", f"{files} models, windows, caches"]
    return markdown(header, body)


def isolate():
    """What files cost that are decoded in a process of their own."""
    report = read("bench_audio_isolate")
    body = []
    for kind, result in report["results"].items():
        seconds = result["median_seconds_per_song"]
        milliseconds = [f"{1000 * seconds[name]:.0f}" for name in ("here", "isolated")]
        body.append([kind, *milliseconds, f"{result['ratio']:.2f}"])
    start = sorted(report["seconds_of_a_start"])[len(report["seconds_of_a_start"]) // 2]
    body.append(["start of the process, once a job", "", f"{1000 * start:.0f}", ""])
    header = ["file to MFCC, ms", "decoded here", "`isolate=True`", "ratio"]
    return markdown(header, body)


def mutants():
    """How many mistakes tests tell from the right code."""
    report = read("mutants")
    body = [[outcome, f"{n:,}"] for outcome, n in report["outcomes"].items()]
    body.append(["killed, of those that can be", f"{100 * report['share']:.0f} %"])
    body.append(["untried", f"{report.get('untried', 0)}"])
    title = f"of {report['mutants']} mutants of {len(report['modules'])} modules"
    return markdown([title, ""], body)


def faults():
    """What killed runs cost, and how scenes of other faults ended."""
    report = read("faults")
    found = report["faults"]
    again = sum(run.get("worked on again", 0) for run in report["runs"].values())
    ended = report["kills"] - report["went_on"]
    body = [
        ["signals that ended a run at work (SIGKILL, SIGINT)", f"{ended:,}"],
        ["that met the run at its very end", report["went_on"]],
        ["last runs with other results than an uninterrupted one", "other results"],
        ["files that were half written after a kill", "halves"],
        ["runs that repeated more songs than were under way", "repeats"],
        ["songs worked on twice, all runs together", again],
        ["last runs that left unfinished files", "parts"],
        ["runs that left processes behind for 30 s", "orphans"],
        ["runs that hung", "hangs"],
        ["last runs that failed", "failures"],
    ]
    body = [[title, found.get(value, value)] for title, value in body]
    body += [[title, said] for title, said in scene_lines(report["scenes"])]
    return markdown(["killed at random moments, and other faults", ""], body)


def scene_lines(scenes):
    """Scenes, and how often they ended well."""
    killed = scenes["a worker of joblib is killed"]
    both = scenes["two runs, one cache and one output"]
    times = scenes["times of files"]
    changed = scenes["songs that change"]
    bad = sum(both.get(name, 0) for name in ("failures", "other results", "parts"))
    met = killed["ended with an error"]
    yield (
        "a worker of joblib is killed: an error says so",
        f"{killed.get('that says so', 0)} of {met}",
    )
    yield (
        "the next run is right",
        f"{killed['trials'] - killed.get('other results', 0)} of {killed['trials']}",
    )
    yield (
        "two runs at once with one cache and one output: both right",
        f"{both['trials'] - bad} of {both['trials']}",
    )
    yield (
        f"times of {times['songs']} songs and of the cache years ahead, of 1970, of "
        "before, set back: wrong features",
        times["other results"],
    )
    for title, held in changed.items():
        yield f"songs that change, {title}", "yes" if held else "no"


def load():
    """Much at once, and for long."""
    report = read("load")
    songs, windows = report["songs"], report["windows"]
    hours, mixed = report["hours"], report["mixed"]
    steps = {
        "windows and features of {n:,} songs": songs["features"],
        "voting fitted on their {w:,} windows": songs["fit"],
        "voting cross-validated on them, 3 folds": songs["cross_validation"],
        "{n:,} songs judged from their files": songs["predict"],
        "one fit on {one:,} windows of 20 features": windows["fit"],
        "their {s:,} songs judged": windows["predict"],
        "one file of {h:g} hours cut, described and judged": hours,
    }
    numbers = {
        "n": songs["n_songs"],
        "w": songs["n_windows"],
        "one": windows["n_windows"],
        "s": windows["n_songs"],
        "h": hours["hours"],
    }
    body = [
        [title.format(**numbers), f"{step['seconds']:.0f}", f"{step['peak_mib']:.0f}"]
        for title, step in steps.items()
    ]
    body += [
        [
            f"mixed work on two workers, {mixed['rounds']:,} rounds: {title}, "
            f"{figures['per_hour']:+.1f} an hour",
            f"{60 * mixed['minutes']:.0f}",
            f"{figures['first_third']:.0f} to {figures['last_third']:.0f}",
        ]
        for title, figures in {
            "this process": mixed["own_mib"],
            "its children": mixed["children_mib"],
        }.items()
    ]
    return markdown(["what", "seconds", "MiB"], body)


def fma():
    """Hours for FMA-full against workers."""
    report = read("bench_cluster")
    hours = report["fma_hours"]
    line = [f"{h:.1f}" if h >= 1 else f"{60 * h:.0f} min" for h in hours.values()]
    return markdown(["workers, one core each", *hours], [["hours, simulated", *line]])


WITNESS_ROWS = (
    "logistic regression: mean",
    "logistic regression: max",
    "logistic regression: stacked",
    "logistic regression, witness: max",
    "extra trees: mean",
    "extra trees: max",
    "extra trees, witness: max",
    "network: mean",
    "network: max",
    "network: top_k",
)


def witness():
    """Accuracy of votings and MIL against the share of windows with the event."""
    rates = read("witness")["rates"]
    names = [
        *WITNESS_ROWS,
        *(name for name in rates[min(rates)]["accuracy"] if name.startswith("MIL")),
    ]
    body = [
        [name, *(f"{rate['accuracy'][name]:.1f}" for rate in rates.values())]
        for name in names
    ]
    found = [f"{100 * r['share']['logistic regression']:.0f} %" for r in rates.values()]
    body.append(["share that `WitnessClassifier` finds, logistic regression", *found])
    shares = [f"{100 * float(rate):.3g} %" for rate in rates]
    return markdown(["windows with the event", *shares], body)


def review():
    """Planted faults among the first rows of the review list, by the second draws."""
    sets = {"gtzan3": "gtzan3", "esc10": "ESC-10"}
    tests = [read(f"review_{name}")["tested_on"] for name in sets]
    body = [
        ["review list: wrong labels of 5", *_means(tests, "labels", "four_labels")],
        ["review list: copies of 3", *_means(tests, "copies", "all_copies")],
    ]
    for name in tests[0]["rankings"]:
        ranked = [test["rankings"][name]["20"] for test in tests]
        body.append([f"ranked by {name}: wrong labels of 5", *_means(ranked)])
    return markdown(["among the first 20 rows", *sets.values()], body)


def _means(tests, mean="labels", share="four_labels"):
    """Means, and of how many draws they are enough."""
    return [f"{test[mean]:.1f} ({100 * test[share]:.0f} %)" for test in tests]


TABLES = {
    "esc10": esc10,
    "faults": faults,
    "fma": fma,
    "fuzz": fuzz,
    "gtzan3": gtzan3,
    "isolate": isolate,
    "leakage": leakage,
    "lengths": lengths,
    "load": load,
    "mutants": mutants,
    "networks": networks,
    "overlap": overlap,
    "pretrained": pretrained,
    "review": review,
    "witness": witness,
    "scale": scale,
    "search": search,
    "short": short,
    "speed": speed,
    "strong": strong,
    "votings": votings,
}


if __name__ == "__main__":
    main()
