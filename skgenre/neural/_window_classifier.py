"""KerasWindowClassifier: windows to probabilities; scikeras' classifier, mended."""

import functools
import math
from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import ClassifierTags, Tags, check_array
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d

from skgenre._by_song.numbering import checked_length
from skgenre._keras import load_keras, seeded
from skgenre._optional import require
from skgenre._sklearn import (
    Interval,
    check_sample_weight,
    validate_parameter_constraints,
)
from skgenre.features._window_transformer import WindowTransformer
from skgenre.neural._batches import WindowBatches
from skgenre.neural._builders import build, n_units
from skgenre.neural._hold_out import held_out
from skgenre.neural._params import TRAINING, of_part
from skgenre.neural._saving import packed_state, unpacked_state
from skgenre.neural._scaling import WindowScaler
from skgenre.neural._targets import cross_entropy, one_hot, two_columns
from skgenre.neural._training import make_optimizer, predict, train
from skgenre.windows._checks import checked_y, one_class
from skgenre.windows._inputs import SeesWindows, checked_windows
from skgenre.windows._song_windows import SongWindows

keras: Any = load_keras("KerasWindowClassifier")
wrappers: Any = require("scikeras.wrappers", "keras", "KerasWindowClassifier")

_ROUTED = ("model__", "optimizer__", "loss__", "metrics__", "compile__", "callbacks__")
# Parameters of scikeras that would do something else here, or nothing.
_REPLACED = {
    "build_fn": "model",
    "validation_batch_size": "batch_size",
    "validation_split": "validation_fraction, which holds out whole songs, not "
    "windows of training songs",
}


class KerasWindowClassifier(SeesWindows, wrappers.KerasClassifier):
    """Classify windows with a Keras network.

    A ``scikeras.wrappers.KerasClassifier`` that scikit-learn takes for the classifier
    it is, so that folds are stratified and calibration and voting work. It builds and
    compiles the network to fit the data, standardises its input, stops early on
    whole songs it has not seen, and gives the same probabilities for the same
    `random_state`. For a verdict per song put it in a `GroupVotingClassifier`.

    Parameters
    ----------
    model : None, str, callable or keras.Model, default=None
        The network of windows. "cnn" is `window_model`, "resnet" is
        `resnet_window_model`, "dense" has hidden layers and "linear" has none, both
        for windows that are vectors; None takes "dense" for vectors and "cnn" for
        others. A function gets `input_shape`, `n_classes` and scikeras' `meta`, as
        far as it names them, and gives a Keras model that ends in probabilities,
        compiled or not. A Keras model is copied: training starts at its weights.
    optimizer : str, type or keras.optimizers.Optimizer, default="adam"
        An instance is copied and keeps its own rate and decay.
    learning_rate : float, default=0.001
        The highest rate.
    schedule : {"constant", "cosine"}, default="constant"
        "cosine": rises for a tenth of all steps, from a tenth of the rate, then falls
        to 0 along half a cosine.
    weight_decay : float, default=0.0
        Decoupled, as in AdamW.
    batch_size : int, default=32
        Windows per step.
    epochs : int, default=30
        The most passes over the windows.
    validation_fraction : float or None, default=None
        Share of the windows to hold out, by whole songs or artists: fit needs `groups`,
        which `GroupVotingClassifier` gives it. The weights of the epoch with the
        smallest loss on them are kept.
    patience : int or None, default=10
        Epochs without a smaller validation loss after which training stops; None to
        run them all. Without `validation_fraction` nothing stops training.
    standardize : bool, default=True
        Whether to give each band mean 0 and deviation 1 over training windows and
        time.
    mixup : float, default=0.0
        If above 0, windows of a batch are mixed in pairs, with shares from a
        Beta(mixup, mixup) distribution [2]_.
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
        ``model__NAME`` for arguments of the function `model`, and what else scikeras
        takes: `loss`, `metrics`, `callbacks`, `warm_start`, `shuffle`,
        ``optimizer__NAME`` and so on. The loss is the cross-entropy that suits the
        network if not given. A function that compiles its network decides for itself.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    model_ : keras.Model
        The trained network; its input is standardised.
    scaler_ : WindowScaler
        Means and deviations of the bands.
    history_ : dict of str to list of float
        Losses, and other metrics, of each epoch.
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
    skgenre.GroupVotingClassifier : From windows to songs.
    MILClassifier : One network trained on the loss of songs.

    References
    ----------
    .. [1] "Keras: how to aggregate over frame-level predictions to song-level
       prediction", Stack Overflow.
    .. [2] H. Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.neural import KerasWindowClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> songs = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> songs.values[songs.expand(y) == "rock"] += 1.0
    >>> model = GroupVotingClassifier(
    ...     KerasWindowClassifier("linear", learning_rate=0.2, epochs=9, random_state=0)
    ... )
    >>> model.fit(songs, y).predict(songs[:4])
    array(['jazz', 'rock', 'jazz', 'rock'], dtype='<U4')
    """

    classes_: Any
    history_: dict[str, list[float]]

    # Under metadata routing the songs arrive, as they do without.
    __metadata_request__fit: ClassVar[dict] = {"groups": True}

    _parameter_constraints: ClassVar[dict] = {
        **TRAINING,
        "mixup": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        model: str | Callable[..., Any] | None = None,
        *,
        optimizer: Any = "adam",
        learning_rate: float = 0.001,
        schedule: Literal["constant", "cosine"] = "constant",
        weight_decay: float = 0.0,
        batch_size: int = 32,
        epochs: int = 30,
        validation_fraction: float | None = None,
        patience: int | None = 10,
        standardize: bool = True,
        mixup: float = 0.0,
        label_smoothing: float = 0.0,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            model,
            optimizer=optimizer,
            batch_size=batch_size,
            epochs=epochs,
            class_weight=class_weight,
            random_state=random_state,
            verbose=verbose,
            **kwargs,
        )
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.standardize = standardize
        self.mixup = mixup
        self.label_smoothing = label_smoothing

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(epochs=15, learning_rate=0.05, random_state=0)]

    # -- fit --------------------------------------------------------------------------

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows. A memory map is read a batch at a time.
        y : array-like of shape (n_windows,)
            The label of each window.
        sample_weight : array-like of shape (n_windows,), default=None
            Weight of each window.
        groups : array-like of shape (n_windows,), default=None
            The song, or the artist, of each window: none is divided by
            `validation_fraction`.

        Returns
        -------
        self : KerasWindowClassifier
            Fitted.
        """
        self._check_parameters()
        if not (self.warm_start and self.initialized_):
            self.classes_ = None
        return wrappers.BaseWrapper.fit(
            self, X, y, sample_weight=sample_weight, groups=groups
        )

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on all windows given.

        A "cosine" schedule spans the first `epochs` calls.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows. The first call's decide on the standardisation.
        y : array-like of shape (n_windows,)
            The label of each window.
        classes : array-like of shape (n_classes,), default=None
            All labels that there will be; needed in the first call if `y` lacks some.
        sample_weight : array-like of shape (n_windows,), default=None
            Weight of each window.

        Returns
        -------
        self : KerasWindowClassifier
            Fitted.
        """
        self._check_parameters()
        if not self.initialized_:
            self.classes_ = None if classes is None else np.unique(classes)
        return wrappers.BaseWrapper.partial_fit(
            self, X, y, sample_weight=sample_weight, partial=True
        )

    def initialize(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Build the network without training it, as where its weights are known.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows, which decide on the standardisation.
        y : array-like of shape (n_windows,)
            The label of each window.

        Returns
        -------
        self : KerasWindowClassifier
            Ready to predict.
        """
        self._check_parameters()
        self.classes_ = None
        X, y = self._initialize(X, y)
        rows = np.arange(len(X))  # type: ignore[arg-type]
        self.scaler_ = WindowScaler.learn(X, rows, standardize=self.standardize)
        self._compiles = not self.model_.compiled
        return self

    def _check_parameters(self) -> None:
        params = self.get_params(deep=False)
        validate_parameter_constraints(
            self._parameter_constraints, params, caller_name=type(self).__name__
        )
        for name, instead in _REPLACED.items():
            if params[name]:
                raise ValueError(
                    f"Got {name}={params[name]!r}, but {type(self).__name__} takes "
                    f"{instead}."
                )
        known = vars(KerasWindowClassifier())
        for name in params:
            if name not in known and not name.startswith(_ROUTED):
                raise ValueError(
                    f"Got {name}=..., which is no parameter of {type(self).__name__}. "
                    f"For an argument of the function in model, write model__{name}."
                )

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        warm_start: bool,
        epochs: int,
        initial_epoch: int,
        groups: Any = None,
        partial: bool = False,
    ) -> None:
        """What scikeras' fit and partial_fit end in, read by songs."""
        first = not ((self.warm_start or warm_start) and self.initialized_)
        X, y = self._initialize(X, y) if first else self._validate_data(X, y)
        class_index = self._class_index(y)
        weights = self._weights(X, y, sample_weight)
        seed = self._random_state
        if seed is None:
            seed = np.random.randint(2**31 - 1)  # noqa: NPY002 - random_state=None
        rows, held = np.arange(len(y)), None
        if self.validation_fraction is not None and not partial:
            rows, held = self._split(y, groups, seed)
        if weights is not None:  # weight 0 might as well not be there
            rows = rows[weights[rows] > 0]
        if first:
            self.scaler_ = WindowScaler.learn(X, rows, standardize=self.standardize)
        self._compile(len(rows), first=first, partial=partial)
        batches_of = functools.partial(
            WindowBatches,
            X,
            scaler=self.scaler_,
            weights=weights,
            batch_size=self.batch_size,
        )
        batches = batches_of(
            rows,
            targets=self._targets(class_index, self.label_smoothing),
            seed=(seed + initial_epoch) if self.shuffle else None,
            mixup=self.mixup,
        )
        validation = None
        if held is not None:
            # Neither mixed nor smoothed: their loss is compared, not learned from.
            validation = batches_of(held, targets=self._targets(class_index))
        with seeded(self._random_state):
            history = train(
                self.model_,
                batches,
                validation,
                epochs=epochs,
                initial_epoch=initial_epoch,
                patience=self.patience,
                verbose=self.verbose,
                callbacks=self._fit_callbacks,
            )
        # partial_fit goes on, warm_start does not.
        if first or initial_epoch == 0:
            self.history_ = {}
        for name, values in history.items():
            self.history_[name] = [*self.history_.get(name, []), *values]
        self.n_epochs_ = len(self.history_["loss"])

    def _class_index(self, y: np.ndarray) -> np.ndarray:
        """The class of each window, (n_windows,)."""
        unknown = np.setdiff1d(y, self.classes_).tolist()
        if unknown:
            raise ValueError(
                f"Got label {unknown[0]!r}, but expected those of the first fit, "
                f"{self.classes_.tolist()}. Give partial_fit all classes=... at first."
            )
        return np.searchsorted(self.classes_, y)

    def _compile(self, n_rows: int, *, first: bool, partial: bool) -> None:
        """Compile a network that its function has not compiled, for so many windows."""
        self._n_steps = self._count_steps(n_rows)
        if first:
            self._compiles = not self.model_.compiled
        elif self._compiles and not partial and self.schedule != "constant":
            self.model_.compiled = False  # or the rate would stay at its last, 0
        self._ensure_compiled_model()

    def _split(
        self, y: np.ndarray, groups: Any, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        if groups is None:
            raise ValueError(
                f"Got validation_fraction={self.validation_fraction!r} without groups: "
                "a split by rows would hold out windows of training songs. Give fit "
                "groups=..., the song or artist of each window (GroupVotingClassifier "
                "does), or groups=range(len(y)) if each row is a song of its own."
            )
        groups = checked_length(groups, len(y), "groups", "window")
        fraction: Any = self.validation_fraction  # it is not None, or nothing is split
        return held_out(y, groups, fraction, seed, "song or artist")

    def _count_steps(self, n_rows: float) -> int:
        return self.epochs * math.ceil(n_rows / self.batch_size)

    def _weights(
        self, X: np.ndarray, y: np.ndarray, sample_weight: Any
    ) -> np.ndarray | None:
        if sample_weight is None and self.class_weight is None:
            return None
        weights = check_sample_weight(sample_weight, X, dtype=np.float64)
        if self.class_weight is not None:
            weights = weights * compute_sample_weight(self.class_weight, y)
        if (weights < 0).any() or not weights.any():
            raise ValueError(
                "The sample weights must be 0 or more, and not all 0. Got a sum of "
                f"{weights.sum():g} and a smallest of {weights.min():g}."
            )
        return weights.astype(np.float32)

    def _targets(self, class_index: np.ndarray, smoothing: float = 0.0) -> np.ndarray:
        loss = self.model_.loss
        name = loss if isinstance(loss, str) else getattr(loss, "name", "")
        if "sparse" in (name or getattr(loss, "__name__", "")):
            if self.mixup or self.label_smoothing:
                raise ValueError(
                    "mixup and label_smoothing need targets that are shares of "
                    f"classes. Got loss={name!r}; take 'categorical_crossentropy'."
                )
            return class_index
        return one_hot(class_index, self.model_.output_shape[-1], smoothing)

    # -- what scikeras asks for -------------------------------------------------------

    def _validate_data(
        self, X: Any = None, y: Any = None, reset: bool = False, y_numeric: bool = False
    ) -> tuple[Any, Any]:
        """Check X and y, and note or compare shapes and names."""
        del y_numeric
        if isinstance(X, SongWindows):
            raise TypeError(
                f"{type(self).__name__} classifies single windows. Got a SongWindows: "
                "wrap the classifier in GroupVotingClassifier, or take MILClassifier."
            )
        if X is not None:
            X = checked_windows(X)
            self._see_windows(X, reset=reset)
            X = check_array(
                X,
                allow_nd=True,
                dtype="numeric",  # as it is: a memory map must not be copied
                input_name="X",
            )
            if reset:
                self.X_shape_, self.X_dtype_ = X.shape, X.dtype
        if X is not None and reset:
            checked_y(y, caller=type(self).__name__)
        if y is not None:
            y = column_or_1d(y, warn=True)
            if X is not None:
                y = checked_length(y, len(X), "y", "window")
            check_classification_targets(y)
            if reset:
                self.target_type_ = type_of_target(y)
                self.y_dtype_, self.y_ndim_ = y.dtype, y.ndim
                if len(np.unique(y)) < 2 and self.classes_ is None:
                    name = type(self).__name__
                    raise ValueError(one_class(name, "windows", np.unique(y)))
        return X, y

    def _build_keras_model(self) -> Any:
        # About; for a function that compiles its network before the split is known.
        share = 1 - (self.validation_fraction or 0)
        self._n_steps = self._count_steps(self.X_shape_[0] * share)
        settings = of_part(self.get_params(deep=False), "model")
        with seeded(self._random_state):
            model = build(
                self.model,
                self.window_shape_,
                len(self.classes_),
                settings,
                meta=self._get_metadata,
                compile_kwargs=self._get_compile_kwargs,
                params=self.get_params,
            )
        n_units(model, len(self.classes_))
        return model

    def _get_compile_kwargs(self) -> dict[str, Any]:
        kwargs = super()._get_compile_kwargs()
        kwargs["optimizer"] = make_optimizer(
            self.optimizer,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            weight_decay=self.weight_decay,
            n_steps=self._n_steps,
            **of_part(self.get_params(deep=False), "optimizer"),
        )
        return kwargs

    def _ensure_compiled_model(self) -> None:
        if self.model_.compiled:
            return
        kwargs = self._get_compile_kwargs()
        if kwargs["loss"] is None:  # it depends on the network's units
            kwargs["loss"] = cross_entropy(self.model_.output_shape[-1])
        self.model_.compile(**kwargs)

    # -- predict ----------------------------------------------------------------------

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Probabilities of windows.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows.

        Returns
        -------
        float32 array of shape (n_windows, n_classes)
            Rows add up to one.
        """
        check_is_fitted(self, "model_")
        X, _ = self._validate_data(X)
        (proba,) = predict(self.model_, X, self.scaler_)
        return two_columns(proba)

    def embed(
        self, X: SongWindows | ArrayLike, layer: str | None = None
    ) -> SongWindows | np.ndarray:
        """What a layer of the network makes of windows, to be learned from elsewhere.

        In a pipeline, a network that was trained on one set serves another as
        ``WindowTransformer(FunctionTransformer(network.embed))``, which is copied but
        not trained again.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Windows.
        layer : str, default=None
            Name of the layer; the last but one if None.

        Returns
        -------
        SongWindows or float32 array of shape (n_windows, ...)
            The form of `X`: the output of the layer for each window.

        Examples
        --------
        >>> import numpy as np
        >>> from skgenre.neural import KerasWindowClassifier
        >>> X = np.random.default_rng(0).normal(size=(20, 5))
        >>> network = KerasWindowClassifier(
        ...     "dense", model__hidden=8, epochs=1, random_state=0
        ... )
        >>> network.fit(X, ["jazz", "rock"] * 10).embed(X).shape
        (20, 8)
        """
        check_is_fitted(self, "model_")
        part = self._part(layer)
        if not isinstance(X, SongWindows):
            X, _ = self._validate_data(X)
            return predict(part, X, self.scaler_)[0]

        def rows(windows: np.ndarray) -> np.ndarray:
            windows, _ = self._validate_data(windows)
            return predict(part, windows, self.scaler_)[0]

        return WindowTransformer(FunctionTransformer(rows)).fit(X).transform(X)

    def _part(self, layer: str | None) -> Any:
        """The network up to a layer."""
        model = self.model_
        names = [part.name for part in model.layers]
        if not getattr(model, "inputs", None):
            raise ValueError(
                f"Got the network {type(model).__name__}, of which Keras does not know "
                "how its layers are joined, but embed expected a Sequential or "
                "functional one."
            )
        behind_input = [n for n in names if n not in getattr(model, "input_names", ())]
        if layer is None and len(behind_input) < 2:
            raise ValueError(
                f"Got a network of the layers {names}, but embed expected one before "
                "the last. Take model='dense' or another with hidden layers."
            )
        name = behind_input[-2] if layer is None else layer
        if name not in names:
            raise ValueError(f"Got layer={layer!r}, but expected one of {names}.")
        return keras.Model(model.inputs[0], model.get_layer(name).output)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Labels of windows.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows.

        Returns
        -------
        array of shape (n_windows,)
            The label with the largest probability.
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Share of windows with the right label.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows.
        y : array-like of shape (n_windows,)
            True labels.
        sample_weight : array-like of shape (n_windows,), default=None
            Weight of each window.

        Returns
        -------
        float
            Accuracy.
        """
        return ClassifierMixin.score(self, X, y, sample_weight)

    def __getstate__(self) -> dict[str, Any]:
        """State with networks as arrays, without an optimiser's."""
        state = packed_state(super().__getstate__())
        if self.callbacks is None and "_fit_callbacks" in state:
            # Those of a fit before; they hold the network that they watched.
            state |= {"_fit_callbacks": [], "_predict_callbacks": []}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Put networks together again; the next fit compiles them."""
        super().__setstate__(unpacked_state(state))

    def __sklearn_tags__(self) -> Tags:
        """A classifier: scikeras' order of base classes hides it from scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags()
        tags.target_tags.required = True
        tags.input_tags.three_d_array = True
        return tags
