"""MILClassifier: from songs to verdicts, by one network trained on songs' loss."""

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_array, check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from skgenre._by_song.numbering import checked_length
from skgenre._keras import seeded
from skgenre._sklearn import Interval, StrOptions, fit_context
from skgenre.neural._batches import SongBatches
from skgenre.neural._builders import build, n_units
from skgenre.neural._contributions import explain_pooling
from skgenre.neural._hold_out import held_out
from skgenre.neural._params import TRAINING, RoutedParams
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.table import check_pooling, lists_poolings
from skgenre.neural._saving import packed_state, unpacked_state
from skgenre.neural._scaling import WindowScaler
from skgenre.neural._song_network import SongNetwork
from skgenre.neural._targets import cross_entropy, one_hot, two_columns
from skgenre.neural._training import make_optimizer, new_metric, train
from skgenre.voting._explain import Explained
from skgenre.windows._inputs import SeesWindows, SongInput, read_songs
from skgenre.windows._labels import label_songs
from skgenre.windows._song_windows import SongWindows
from skgenre.windows._timeline import timeline_table

if TYPE_CHECKING:
    import pandas as pd


@lists_poolings
class MILClassifier(RoutedParams, SeesWindows, ClassifierMixin, BaseEstimator):
    r"""Classify songs by one network that is trained on the loss of whole songs.

    Multiple-instance learning: a network of windows, the same for all of a song's
    windows, says what it hears in each; a pooling over the windows, any number of
    them, says what the song is; and training minimises the cross-entropy of songs.
    Only songs have labels, so a window that is not typical of its song does not have
    to be classified as if it were.

    With x what the network says of each window, for each class, poolings by name are

    {poolings}

    Their classes say with which formula; `WindowPooling` is their base class, and says
    how to write another.

    Parameters
    ----------
    model : None, str, callable or keras.Model, default=None
        The network of windows. "cnn" is `window_model`, "resnet" is
        `resnet_window_model`, "dense" has hidden layers and "linear" has none, both
        for windows that are vectors; None takes "dense" for vectors and "cnn" for
        others. A function gets `input_shape` and `n_classes`, and gives a Keras model
        that ends in probabilities. A Keras model is copied with its weights.
    pooling : str, type or WindowPooling, default="mean"
        A name, as above, a class derived from `WindowPooling`, or a layer, which is
        copied with its weights. Where there are two classes and the network has one
        unit, it is the probability (or logit) of ``classes_[1]`` that is pooled: "max"
        then asks whether any window is of that class.
    pooling_space : {"proba", "logit"}, default="proba"
        Whether x are probabilities, divided by their sum after pooling where they no
        longer add up to one, or logits, of which sigmoid or softmax is taken after
        pooling.
    loss : str, callable, keras.losses.Loss or None, default=None
        Of songs: of their targets (one column if the network has one unit, else one
        per class) and probabilities. None is the cross-entropy.
    metrics : list or None, default=None
        Keras' names, functions or metrics, noted in `history_` for all songs of an
        epoch, by the weights of the songs.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Called as by `keras.Model.fit`, with the network of songs. Each fit trains with
        copies, so that parameters stay as they are.
    optimizer : str, type or keras.optimizers.Optimizer, default="adam"
        An instance is copied and keeps its own rate and decay.
    learning_rate : float, default=0.001
        The highest rate.
    schedule : {"constant", "cosine"}, default="constant"
        "cosine": rises for a tenth of all steps, from a tenth of the rate, then falls
        to 0 along half a cosine.
    weight_decay : float, default=0.0
        Decoupled, as in AdamW.
    batch_size : int, default=16
        The most songs per step.
    batch_windows : int, default=256
        The most windows per step, exceeded by less than one song: this, and not the
        longest song, bounds the memory of training.
    epochs : int, default=50
        The most passes over the songs.
    validation_fraction : float or None, default=None
        Share of the songs to hold out; whole artists where fit gets `groups`. The
        weights of the epoch with the smallest loss on them are kept.
    patience : int or None, default=10
        Epochs without a smaller validation loss after which training stops; None to
        run them all. Without `validation_fraction` nothing stops training.
    standardize : bool, default=True
        Whether to give each band mean 0 and deviation 1 over training windows and
        time.
    label_smoothing : float, default=0.0
        Share of each training target that is spread over all classes.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class.
    random_state : int, RandomState or None, default=None
        Decides first weights, order, dropout and the split. Global random states are
        left as they were.
    verbose : int, default=0
        Whether to show a progress bar over epochs.
    **kwargs
        ``model__NAME`` for arguments of the function `model`, ``pooling__NAME`` for
        arguments of the pooling's class, such as ``pooling__sharpness``.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels, in the order of all columns.
    class_prior_ : array of shape (n_classes,)
        Share of each class among the training songs.
    window_model_ : keras.Model
        The trained network of windows; its input is standardised.
    pooling_ : WindowPooling
        The trained pooling.
    scaler_ : WindowScaler
        Means and deviations of the bands.
    history_ : dict of str to list of float
        The mean loss over songs of each epoch, "loss" and "val_loss", and `metrics`.
    n_epochs_ : int
        Epochs run.
    window_shape_ : tuple of int
        Shape of one window.
    n_features_in_ : int
        Features per window, where windows are vectors.
    feature_names_in_ : array of str of shape (n_features_in_,)
        Names of the features, where `X` in fit was a table with names.

    See Also
    --------
    skgenre.GroupVotingClassifier : Votes over any classifier of windows.
    KerasWindowClassifier : A network trained on the loss of windows.
    WindowPooling : The base class of poolings.

    Notes
    -----
    A batch holds the windows of its songs one behind the other, so that the network
    never sees padding; predictions of a song do not depend on the others.
    Logits are taken before the activation of the network's last layer, where that is
    dense. With logits, attention and such a layer, this is the embedding-level model
    of [2]_, as a linear layer and a weighted mean may be swapped.

    References
    ----------
    .. [1] T. G. Dietterich et al., "Solving the multiple instance problem with
       axis-parallel rectangles", Artificial Intelligence 89, 1997.
    .. [2] M. Ilse, J. M. Tomczak and M. Welling, "Attention-based deep multiple
       instance learning", ICML 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> from skgenre.neural import MILClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> songs = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> songs.values[songs.expand(y) == "rock"] += 1.0
    >>> model = MILClassifier("linear", learning_rate=0.1, epochs=20, random_state=0)
    >>> model.fit(songs, y).predict(songs[:4])
    array(['jazz', 'rock', 'jazz', 'rock'], dtype='<U4')
    """

    _parts = ("model", "pooling")

    # As GroupVotingClassifier: under metadata routing artists arrive.
    __metadata_request__fit: ClassVar[dict] = {"groups": True}

    _parameter_constraints: ClassVar[dict] = {
        **TRAINING,
        "pooling": "no_validation",  # `check_pooling` knows which there are
        "pooling_space": [StrOptions({"proba", "logit"})],
        "loss": [str, callable, None],
        "metrics": [list, tuple, None],
        "callbacks": [list, tuple, None],
        "batch_windows": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        model: str | Callable[..., Any] | None = None,
        *,
        pooling: str | type[WindowPooling] | WindowPooling = "mean",
        pooling_space: Literal["proba", "logit"] = "proba",
        loss: str | Callable[..., Any] | None = None,
        metrics: Sequence[Any] | None = None,
        callbacks: Sequence[Any] | None = None,
        optimizer: Any = "adam",
        learning_rate: float = 0.001,
        schedule: Literal["constant", "cosine"] = "constant",
        weight_decay: float = 0.0,
        batch_size: int = 16,
        batch_windows: int = 256,
        epochs: int = 50,
        validation_fraction: float | None = None,
        patience: int | None = 10,
        standardize: bool = True,
        label_smoothing: float = 0.0,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        self.model = model
        self.pooling = pooling
        self.pooling_space = pooling_space
        self.loss = loss
        self.metrics = metrics
        self.callbacks = callbacks
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.batch_windows = batch_windows
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.standardize = standardize
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.random_state = random_state
        self.verbose = verbose
        # As scikit-learn wants it, fit is where names are checked.
        for name, value in kwargs.items():
            setattr(self, name, value)

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(epochs=15, learning_rate=0.05, random_state=0)]

    # -- fit --------------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: SongWindows | ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs, whose windows may be a memory map; each row of an array is a song
            of one window. Songs without windows are left out, with a warning.
        y : array-like of shape (n_songs,)
            The label of each song.
        groups : array-like of shape (n_songs,), default=None
            The artist of each song, whom `validation_fraction` does not divide.
        sample_weight : array-like of shape (n_songs,), default=None
            Weight of each song.

        Returns
        -------
        self : MILClassifier
            Fitted.
        """
        self._check_routed()
        check_pooling(self.pooling, self._routed("pooling"), space=self.pooling_space)
        given = self._read(X, reset=True)
        name = type(self).__name__
        if given.marks.weight is not None:
            warnings.warn(
                f"{name} learns by itself which windows count, so their window_weight "
                "is not used. Take a pooling with attention, or leave windows out: "
                "FrameWindower(silence_db=...).",
                UserWarning,
                stacklevel=3,
            )
        songs = label_songs(
            given, y, sample_weight, caller=name, ensure_non_negative=True
        )
        self.classes_, class_index, self.class_prior_ = songs.class_shares(caller=name)
        weights = np.ones(given.n_songs) if songs.weight is None else songs.weight
        if self.class_weight is not None:
            weights = weights * compute_sample_weight(self.class_weight, songs.y)
        # A song of weight 0 might as well not be there.
        used = given.heard & (weights > 0)
        if len(np.unique(class_index[used])) < 2:
            raise ValueError(f"{name} needs songs with windows of at least 2 classes.")
        rng = check_random_state(self.random_state)
        seed = int(rng.randint(2**31 - 1))
        train_songs, held = np.flatnonzero(used), None
        if self.validation_fraction is not None:
            train_songs, held = self._split(songs.y, groups, train_songs, seed)
        self._fit_network(given, class_index, weights, train_songs, held, seed)
        return self

    def _split(
        self, y: np.ndarray, groups: Any, songs: np.ndarray, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Songs to learn from, and songs held out."""
        artists = np.arange(len(y))  # each song on its own
        if groups is not None:
            artists = checked_length(groups, len(y), "groups", "song")
        unit = "song" if groups is None else "artist"
        fraction: Any = self.validation_fraction  # it is not None, or nothing is split
        train_part, held_part = held_out(y[songs], artists[songs], fraction, seed, unit)
        return songs[train_part], songs[held_part]

    def _fit_network(
        self,
        given: SongInput,
        class_index: np.ndarray,
        weights: np.ndarray,
        train_songs: np.ndarray,
        held: np.ndarray | None,
        seed: int,
    ) -> None:
        # Rows of training songs: what is held out must not tell its mean.
        known = np.flatnonzero(np.isin(given.codes, train_songs))
        self.scaler_ = WindowScaler.learn(
            given.windows, known, standardize=self.standardize
        )
        batches_of = partial(
            SongBatches,
            given.windows,
            np.concatenate([[0], np.cumsum(given.counts)]),
            scaler=self.scaler_,
            batch_size=self.batch_size,
            batch_windows=self.batch_windows,
            weights=weights,
        )
        with seeded(None if self.random_state is None else seed):
            units = self._build_network()
            # n_units knows whether two classes are one unit.
            batches = batches_of(
                train_songs,
                targets=one_hot(class_index, units, self.label_smoothing),
                seed=seed,
            )
            validation = None
            if held is not None:
                # Not smoothed: the loss on them is compared, not learned from.
                validation = batches_of(held, targets=one_hot(class_index, units))
            self._compile(units, n_steps=self.epochs * len(batches))
            self.history_ = train(
                self._network.songs,
                batches,
                validation,
                epochs=self.epochs,
                patience=self.patience,
                verbose=self.verbose,
                callbacks=copy.deepcopy(list(self.callbacks or ())),
            )
        self.n_epochs_ = len(self.history_["loss"])

    def _build_network(self) -> int:
        """Build the networks of windows and of songs; units of their output."""
        n_classes = len(self.classes_)
        window_model = build(
            self.model, self.window_shape_, n_classes, self._routed("model")
        )
        units = n_units(window_model, n_classes)
        self._network = SongNetwork.build(
            window_model,
            self.pooling,
            space=self.pooling_space,
            **self._routed("pooling"),
        )
        return units

    def _compile(self, units: int, *, n_steps: int) -> None:
        optimizer = make_optimizer(
            self.optimizer,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            weight_decay=self.weight_decay,
            n_steps=n_steps,
        )
        self._network.songs.compile(
            optimizer=optimizer,
            loss=cross_entropy(units) if self.loss is None else self.loss,
            # By weight, which is 0 for the songs that fill a batch.
            weighted_metrics=[new_metric(metric) for metric in self.metrics or ()],
        )

    # -- predict ----------------------------------------------------------------------

    @property
    def window_model_(self) -> Any:
        """The trained network of windows."""
        check_is_fitted(self)
        return self._network.window_model

    @property
    def pooling_(self) -> WindowPooling:
        """The trained pooling."""
        check_is_fitted(self)
        return self._network.pooling

    def predict_proba(self, X: SongWindows | ArrayLike) -> np.ndarray:
        """Probabilities of songs.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        float32 array of shape (n_songs, n_classes)
            Rows add up to one. Songs without windows get `class_prior_`, with a
            warning.
        """
        given = self._read(X)
        return self._song_proba(given, self._window_values(given))

    def predict(self, X: SongWindows | ArrayLike) -> np.ndarray:
        """Verdict on songs.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        array of shape (n_songs,)
            Labels.
        """
        song_proba = self.predict_proba(X)
        return self.classes_[song_proba.argmax(axis=1)]

    def predict_window_proba(self, X: SongWindows | ArrayLike) -> np.ndarray:
        """Probabilities of each window by itself, before the pooling.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        float32 array of shape (n_windows, n_classes)
            One row per window, in the order of ``X.values``.
        """
        given = self._read(X)
        return two_columns(self._window_values(given)[1])

    def attention_weights(self, X: SongWindows | ArrayLike) -> np.ndarray:
        """With what weight each window enters the verdict on its song.

        These are the pooling's `WindowPooling.weights_of`. Where it weighs windows for
        each class by itself, as all but "mean", "attention" and "gated_attention" do,
        they are the weights in the
        verdict's class. They do not say how far a window speaks for the class.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        float32 array of shape (n_windows,)
            In the order of ``X.values``; adds up to one over the windows of a song.
        """
        given = self._read(X)
        window_values = self._window_values(given)
        song_proba = self._song_proba(given, window_values)
        return self._attention(given, window_values, song_proba)

    def timeline(self, X: SongWindows | ArrayLike) -> "pd.DataFrame":
        """Table of what each window says, beside the verdict on its song.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        pandas.DataFrame
            One row per window: song, start and end (seconds, NaN if not known), one
            column of probabilities per class, attention (see `attention_weights`) and
            the song's verdict. A class that is called like another column has
            "class " put before its name.
        """
        given = self._read(X)
        window_values = self._window_values(given)
        song_proba = self._song_proba(given, window_values)
        return timeline_table(
            given.with_values(two_columns(window_values[1])),
            self.classes_[song_proba.argmax(axis=1)],
            self.classes_,
            "timeline",
            attention=self._attention(given, window_values, song_proba),
        )

    def explain(self, X: SongWindows | ArrayLike) -> "pd.DataFrame":
        """Table of what each window contributes to the verdict on its song.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        pandas.DataFrame
            One row per window, as `GroupVotingClassifier.explain` gives it, and
            attention (see `attention_weights`).

        Notes
        -----
        Where the pooling is a weighted mean of the windows' values, which all are but
        "log_sum_exp" and "noisy_or", a contribution is attention times value, and a
        song's add up to its score. Of probabilities, kind "share", that is the
        probability of the verdict; of logits, kind "log-odds", the logarithm of the
        verdict's probability divided by that of the second choice. Else, kind "leave
        one out", a contribution is what the probability of the verdict loses without
        the window.
        """
        return self.explained(X).to_frame()

    def explained(self, X: SongWindows | ArrayLike) -> Explained:
        """What `explain` says, as arrays, with all probabilities.

        Parameters
        ----------
        X : SongWindows of n_songs, or array-like of shape (n_songs, *window_shape)
            Songs.

        Returns
        -------
        Explained
            Songs in order, the windows of each together.
        """
        given = self._read(X)
        window_values = self._window_values(given)
        song_proba = self._song_proba(given, window_values)
        return explain_pooling(
            self._network,
            window_values,
            given.with_values(two_columns(window_values[1])),
            classes=self.classes_,
            song_proba=song_proba,
            prior=self.class_prior_,
            attention=self._attention(given, window_values, song_proba),
        )

    def _read(self, X: Any, *, reset: bool = False) -> SongInput:
        if not reset:
            check_is_fitted(self)
        name = type(self).__name__
        if isinstance(X, SongWindows) and X.sample_rate is not None:
            raise ValueError(
                f"{name} needs features of windows. Got windows of "
                "audio: put a featurizer before it, such as MFCCFeaturizer."
            )
        needs_groups = not reset and self._has_songs
        given = read_songs(X, caller=name, needs_groups=needs_groups)
        self._see(given, reset=reset)
        if len(given.codes) == 0:
            return given
        windows = check_array(given.windows, allow_nd=True, input_name="X")
        return replace(given, windows=windows)

    def _window_values(self, given: SongInput) -> tuple[np.ndarray, ...]:
        """What is pooled, probabilities, and what attention looks at, by window."""
        return self._network.window_values(given.windows, self.scaler_)

    def _song_proba(self, given: SongInput, window_values: Any) -> np.ndarray:
        # What songs without windows keep, (n_songs, n_classes).
        proba = np.tile(self.class_prior_.astype(np.float32), (given.n_songs, 1))
        given.warn_unheard(stacklevel=5)
        if given.heard.any():
            counts = given.counts[given.heard]
            pooled = self._network.song_proba(window_values, counts)
            proba[given.heard] = two_columns(pooled)
        return proba

    def _attention(
        self, given: SongInput, window_values: Any, song_proba: np.ndarray
    ) -> np.ndarray:
        weights = self._network.weights(window_values, given.counts[given.heard])
        if weights.shape[1] == 1:  # the same for all classes
            return weights[:, 0]
        verdicts = song_proba.argmax(axis=1)[given.codes]  # (n_windows,)
        return weights[np.arange(len(weights)), verdicts]

    def __getstate__(self) -> dict[str, Any]:
        """State with networks and layers as arrays, without an optimiser's."""
        return packed_state(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Put networks and layers together again."""
        super().__setstate__(unpacked_state(state))

    def __sklearn_tags__(self) -> Tags:
        """Arrays of any number of dimensions."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
