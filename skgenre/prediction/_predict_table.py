"""predict_table: songs in, one row of a table each out, however often it is stopped."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skgenre._content_hash import NoFingerprintError, fingerprint
from skgenre._optional import require
from skgenre.audio._song import identity, is_file, shown
from skgenre.prediction._event_files import check_events, write_events
from skgenre.prediction._journal import Journal
from skgenre.prediction._judge import Listened, listen
from skgenre.prediction._songs import as_song_list
from skgenre.prediction._table_files import check_table_path, write_table
from skgenre.prediction._verdicts import Verdict, table_row
from skgenre.windows._windowers import with_windowers

# Songs at a time: their features are in memory, and what is lost if a run is killed.
BATCH = 32
_UNDONE = "Not done yet: the run was interrupted."


def predict_table(
    model: Any,
    songs: Any,
    *,
    out: str | os.PathLike[str] | None = None,
    events: Literal["audacity", "raven"] | None = None,
    library: str = "pandas",
    isolate: bool = False,
    verbose: int = 0,
) -> Any:
    """Judge songs, and make a table of the verdicts.

    A song that cannot be read keeps its row, says why, and has no verdict; it never
    costs another song its own. What takes long can be stopped and started again.

    Parameters
    ----------
    model : estimator
        Fitted, from `load_model` or `fit`: a Pipeline that takes songs, or a search,
        a soft VotingClassifier or calibration around such ones.
    songs : path, sequence of songs, or what `load_songs` returns
        A file, a folder or a pattern such as ``"new/*.wav"``; or paths, waveforms
        and what else `FrameWindower` takes.
    out : path, default=None
        Write the table to this file too: ".csv", ".tsv", ".parquet", ".jsonl" or
        ".json". A run that is stopped, even killed, leaves a journal beside it, from
        which the next run with the same model goes on. Songs whose file has changed
        are judged anew. In ".csv" and ".tsv", text that a spreadsheet would run as a
        formula has an apostrophe before it.
    events : {"audacity", "raven"}, default=None
        Write the seconds that decided, a file for each song, into the folder
        ``OUT-events`` beside `out`: labels for Audacity, or selection tables for Raven.
    library : str, default="pandas"
        Whose table to return: "pandas", "polars" or "pyarrow", if it is installed.
    isolate : bool, default=False
        Decode files in processes of their own, as `FrameWindower` does with
        ``isolate=True``, however the model was made: a file whose decoder crashes has
        its error in its row. Changes nothing else, so a run with `out` that such a
        file has ended goes on with it.
    verbose : int, default=0
        Show how many songs are done, how many a second, and how long it will take.

    Returns
    -------
    DataFrame of n_songs rows
        Columns song; verdict, confidence (its probability), second and
        second_confidence (the next best); decided_from and decided_to (seconds: the
        stretch that put the verdict most before the second choice); windows (how
        many were heard); error (why there is no verdict, or empty); note (what to
        bear in mind, such as that a song is shorter than a window, or empty); and
        proba_CLASS of each class. Missing where there is nothing to say.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    ValueError, OSError
        If `out` cannot be written; said before anything is read.

    See Also
    --------
    skgenre.GroupVotingClassifier.explain : What every window contributed.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import predict_table, recipes
    >>> rng = np.random.default_rng(0)
    >>> tone = np.sin(np.arange(44100) / 10)
    >>> songs = [tone + 0.1 * rng.normal(size=44100), rng.normal(size=44100)]
    >>> model = recipes.baseline(window_seconds=0.5)
    >>> model = model.fit(songs + songs, ["tone", "noise"] * 2)
    >>> table = predict_table(model, [*songs, np.zeros(44100)])
    >>> table["verdict"].dropna().tolist()
    ['tone', 'noise']
    >>> table["error"].tolist()
    ['', '', 'It is silent: every sample is 0.']
    """
    check_is_fitted(model)
    judged = Judged(model, songs, isolate=isolate)
    if out is None:
        if events is not None:
            raise ValueError(
                f"Got events={events!r} without out=, but expected the table's file, "
                "beside which events are written. Give out='verdicts.csv'."
            )
        verdicts = [v for batch in judged.batches(verbose=verbose) for v in batch]
        return as_table(judged.rows(verdicts), library)
    return as_table(judged.write(out, events=events, verbose=verbose), library)


@dataclass
class Judged:
    """A model and songs that it is to judge, in batches.

    Parameters
    ----------
    model : estimator
        Fitted.
    songs : path, sequence of songs, or Bunch
        See `predict_table`.
    key : str, default=None
        Stands for the model, such as a hash of its file; one of its content if None.
    listened : dict of str to Listened, default=None
        Filled with what was heard of each song, by name, if it is given.
    isolate : bool, default=False
        Decode files in processes of their own.
    """

    model: Any
    songs: Any
    key: str | None = None
    listened: dict[str, Listened] | None = None
    isolate: bool = False

    def __post_init__(self) -> None:
        self._asked = (
            with_windowers(self.model, isolate=True) if self.isolate else self.model
        )
        self.songs = as_song_list(self.songs)
        self.names = [_name(song, i) for i, song in enumerate(self.songs)]
        self.classes: list[Any] = np.asarray(self.model.classes_).tolist()

    def batches(
        self, positions: Sequence[int] | None = None, *, verbose: int = 0
    ) -> Iterator[list[Verdict]]:
        """Judge a few songs at a time.

        Parameters
        ----------
        positions : sequence of int, default=None
            Which songs; all if None.
        verbose : int, default=0
            Whether to show how far it is.

        Yields
        ------
        list of Verdict
            Of the next songs.
        """
        chosen = range(len(self.songs)) if positions is None else positions
        with _progress(len(chosen), verbose) as bar:
            for start in range(0, len(chosen), BATCH):
                batch = chosen[start : start + BATCH]
                songs = [self.songs[i] for i in batch]
                heard = listen(self._asked, songs, [self.names[i] for i in batch])
                if self.listened is not None:
                    self.listened.update((one.verdict.song, one) for one in heard)
                yield [one.verdict for one in heard]
                bar.update(len(batch))

    def rows(self, verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
        """Rows of the table.

        Parameters
        ----------
        verdicts : iterable of Verdict
            Of songs.

        Returns
        -------
        list of dict
            See `table_row`.
        """
        return [table_row(verdict, self.classes) for verdict in verdicts]

    def write(
        self,
        out: str | os.PathLike[str],
        *,
        events: str | None = None,
        verbose: int = 0,
    ) -> list[dict[str, Any]]:
        """Judge all songs, write the table, and go on where a run was stopped.

        Parameters
        ----------
        out : path
            The table's file.
        events : str or None, default=None
            See `predict_table`.
        verbose : int, default=0
            Whether to show how far it is.

        Returns
        -------
        list of dict
            Rows of the table, in the order of songs.
        """
        path = check_table_path(out)
        check_events(events)
        with Journal(path, key=self._key()) as journal:
            states = self._states()
            done = journal.read(states)
            try:
                for batch in self.batches(self._left(done), verbose=verbose):
                    journal.add(batch, states)
                    done.update((verdict.song, verdict) for verdict in batch)
            except KeyboardInterrupt:
                # What is done can be used.
                self._save(path, done, events)
                raise
            rows = self._save(path, done, events)
            journal.remove()
        return rows

    def _left(self, done: dict[str, Verdict]) -> list[int]:
        # A song that stands in the list twice is judged once.
        first = {name: i for i, name in reversed(list(enumerate(self.names)))}
        return sorted(i for name, i in first.items() if name not in done)

    def _save(
        self, path: Path, done: dict[str, Verdict], events: str | None
    ) -> list[dict[str, Any]]:
        verdicts = [done.get(name, Verdict(name, error=_UNDONE)) for name in self.names]
        rows = self.rows(verdicts)
        write_table(rows, path)
        if events is not None:
            write_events(verdicts, self.classes, path, kind=events)
        return rows

    def _states(self) -> dict[str, str]:
        """What changes when a song does, by name, as it is before it is read."""
        return {
            name: _hash(identity(song))
            for name, song in zip(self.names, self.songs, strict=True)
        }

    def _key(self) -> str:
        if self.key is None:
            try:
                self.key = fingerprint(self.model)
            except NoFingerprintError as error:
                raise ValueError(
                    f"Got a model of which no content can be told ({error}), so that "
                    "a run that is stopped could not go on. Save it, and take "
                    "load_model(path); or leave out= away."
                ) from error
        return _hash((version("skgenre"), self.key))


def as_table(rows: list[dict[str, Any]], library: str) -> Any:
    """Make a table of some library of rows.

    Parameters
    ----------
    rows : list of dict
        All with the same names.
    library : str
        "pandas", "polars" or "pyarrow".

    Returns
    -------
    DataFrame or Table
        As the library has it.
    """
    if library == "pandas":
        pandas = require("pandas", "plot", "predict_table")
        return pandas.DataFrame(rows)
    import narwhals

    backend: Any = library
    columns = {name: [_missing(row[name]) for row in rows] for name in rows[0]}
    return narwhals.from_dict(columns, backend=backend).to_native()


def _missing(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def _name(song: Any, position: int) -> str:
    return shown(str(song)) if is_file(song) else f"song {position}"


def _hash(parts: Any) -> str:
    text = json.dumps(parts, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _progress(total: int, verbose: int) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="song", desc="verdicts", disable=not verbose, delay=2)
