"""SpectralFeaturizer: many descriptors of each window from one STFT."""

import os
from collections.abc import Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import joblib

from skgenre._sklearn import Interval
from skgenre.features._base import WindowFeaturizer, WindowFunction
from skgenre.features._kernels.checks import (
    check_band,
    check_names,
    warn_of_empty_bands,
    warn_of_frames,
)
from skgenre.features._kernels.descriptors import (
    DESCRIPTORS,
    check_descriptors,
    column_names,
    describe_windows,
    fitted_frame,
    fitted_octaves,
)
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.statistics import STATISTICS
from skgenre.features._kernels.window_analysis import DescriptorSettings


class SpectralFeaturizer(WindowFeaturizer):
    """Vector of spectral descriptors of each window, all from one STFT.

    Every descriptor but the last two is a number, or a few, per STFT frame, of which
    the vector holds statistics. With librosa's settings each equals librosa's of the
    window alone:

    ============ ======== =====================================================
    features=    rows     librosa
    ============ ======== =====================================================
    mfcc         n_mfcc   ``feature.mfcc``, within 1e-3 (2e-6 of the largest)
    mfcc_delta   n_mfcc   ``feature.delta(mfcc)``, within 1e-3
    mfcc_delta2  n_mfcc   ``feature.delta(mfcc, order=2)``, within 1e-3
    mel          n_mels   ``power_to_db(feature.melspectrogram)``, within 1e-3 dB
    mel_delta    n_mels   ``feature.delta`` of that, within 1e-3 dB
    chroma       12       ``feature.chroma_stft(tuning=tuning)``, within 1e-4;
                          librosa's default guesses the tuning of each window,
                          which jumps on noise and short windows
    contrast     7        ``feature.spectral_contrast``, within 0.05 dB up to 40 dB;
                          beyond, valleys are rounding of the float32 STFT
    centroid     1        ``feature.spectral_centroid``, within 0.1 Hz
    bandwidth    1        ``feature.spectral_bandwidth``, within 0.1 Hz
    rolloff      1        ``feature.spectral_rolloff``, within one FFT bin
    flatness     1        ``feature.spectral_flatness``, within 1e-4
    zcr          1        ``feature.zero_crossing_rate``, exactly
    rms          1        ``feature.rms``, within 1e-6
    onset        1        ``onset.onset_strength``, within 1e-3 dB
    tempo        2        ``feature.tempo``, the same lag; and how clear it is.
                          Two columns of the vector, without statistics
    modulation   32 x 8   not in librosa: decibels of the fluctuation of the level
                          of 32 bands at 8 speeds from 0.5 to 40 Hz (12 speeds to
                          200 Hz where frames are close, fewer where they are far
                          apart). Columns without statistics
    ============ ======== =====================================================

    Parameters
    ----------
    features : sequence of str, default=("mfcc", "chroma", "contrast", ...)
        Names of the table above, in the order that is wanted; all but "mel",
        "mel_delta", "mfcc_delta2", "tempo" and "modulation" by default.
    summary : sequence of str, default=("mean", "std")
        Statistics over the frames: "mean", "std", "min", "max", "median", "p10",
        "p25", "p75", "p90", "skew", "kurtosis".
    silence_db : float, default=None
        Leave frames out of the statistics whose RMS lies this many decibels under
        the window's loudest frame. Recordings padded with digital silence then are
        described by what sounds. None keeps all frames.
    n_fft : int, default=None
        Length of an STFT frame in samples. If None, 2,048 from 8,000 to 204,800 Hz;
        half as long under 8,000 Hz, a quarter under 4,000 Hz and so on, twice as long
        above.
    hop_length : int, default=None
        Distance between STFT frames in samples. If None, a quarter of what `n_fft` is
        by default: 512.
    n_mfcc : int, default=20
        Number of cepstral coefficients, at most `n_mels`.
    n_mels : int, default=128
        Number of mel bands of "mel", "mfcc", "onset" and "tempo".
    fmin : float, default=0.0
        Lowest frequency of the mel bands in hertz.
    fmax : float, default=None
        Highest frequency of the mel bands in hertz; half the sample rate if None.
    top_db : float, default=80.0
        Clip mel bands this far under the window's peak; not at all if None.
    n_contrast_bands : int, default=None
        Octaves above 200 Hz of "contrast", one row each and one for what is below.
        If None, 6, or as many as start under half the sample rate: 5 at 8,000 to
        12,800 Hz, 2 at 1,000 Hz.
    tuning : float, default=0.0
        Deviation from A = 440 Hz in semitones, for "chroma".
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the file (path, size, time of
        change) and all parameters. An interrupted run goes on where it was.
    output : str or Path, default=None
        A ``.npy`` file for the features of `SongWindows`, which then stay there;
        `SongWindows.open` finds them again. In memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Attributes
    ----------
    errors_ : dict
        Why songs of the last `transform` have no features: ``{song_id: reason}``.
    sample_rate_ : float
        Samples per second of the windows seen in fit.
    n_features_in_ : int
        Samples per window.

    See Also
    --------
    MFCCFeaturizer : Only those, and matrices for networks too.
    FeatureStack : Joins featurizers with different settings.

    References
    ----------
    .. [1] G. Tzanetakis and P. Cook, "Musical genre classification of audio
       signals", IEEE TSAP 10(5), 2002.
    .. [2] D.-N. Jiang et al., "Music type classification by spectral contrast
       feature", ICME 2002.
    .. [3] J. McDermott and E. Simoncelli, "Sound texture perception via statistics of
       the auditory periphery", Neuron 71(5), 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import FrameWindower, SpectralFeaturizer
    >>> songs = [np.random.default_rng(0).normal(size=22050 * 4)]
    >>> windows = FrameWindower(1.0).fit_transform(songs)
    >>> featurizer = SpectralFeaturizer(["centroid", "zcr", "tempo"])
    >>> featurizer.fit_transform(windows)
    SongWindows(n_songs=1, n_windows=7, window_shape=(6,), dtype=float32)
    >>> featurizer.get_feature_names_out().tolist()
    ['centroid_mean', 'zcr_mean', 'centroid_std', 'zcr_std', 'tempo_bpm',
     'tempo_clarity']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **WindowFeaturizer._parameter_constraints,
        "features": ["array-like"],
        "summary": ["array-like"],
        "silence_db": [Interval(Real, 0, None, closed="neither"), None],
        "n_fft": [Interval(Integral, 2, None, closed="left"), None],
        "hop_length": [Interval(Integral, 1, None, closed="left"), None],
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
        "n_contrast_bands": [Interval(Integral, 1, None, closed="left"), None],
        "tuning": [Interval(Real, -0.5, 0.5, closed="both")],
    }

    def __init__(
        self,
        features: Sequence[str] = (
            "mfcc",
            "mfcc_delta",
            "chroma",
            "contrast",
            "centroid",
            "bandwidth",
            "rolloff",
            "flatness",
            "zcr",
            "rms",
            "onset",
        ),
        *,
        summary: Sequence[str] = ("mean", "std"),
        silence_db: float | None = None,
        n_fft: int | None = None,
        hop_length: int | None = None,
        n_mfcc: int = 20,
        n_mels: int = 128,
        fmin: float = 0.0,
        fmax: float | None = None,
        top_db: float | None = 80.0,
        n_contrast_bands: int | None = None,
        tuning: float = 0.0,
        sample_rate: float | None = None,
        memory: str | os.PathLike[str] | joblib.Memory | None = None,
        output: str | os.PathLike[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            sample_rate=sample_rate,
            memory=memory,
            output=output,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.features = features
        self.summary = summary
        self.silence_db = silence_db
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.n_mfcc = n_mfcc
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.top_db = top_db
        self.n_contrast_bands = n_contrast_bands
        self.tuning = tuning

    def _window_function(self) -> WindowFunction:
        return partial(
            describe_windows,
            features=tuple(self.features),
            summary=tuple(self.summary),
            silence_db=self.silence_db,
            settings=self._settings(),
        )

    def _settings(self) -> DescriptorSettings:
        rate = self.sample_rate_
        n_fft, hop, n_bands = self.n_fft, self.hop_length, self.n_contrast_bands
        # Plain numbers: numpy's would give the same features another cache key.
        mel = MelSettings(
            n_fft=fitted_frame(rate) if n_fft is None else int(n_fft),
            hop_length=fitted_frame(rate) // 4 if hop is None else int(hop),
            n_mels=int(self.n_mels),
            fmin=float(self.fmin),
            fmax=None if self.fmax is None else float(self.fmax),
            top_db=None if self.top_db is None else float(self.top_db),
        )
        return DescriptorSettings(
            mel=mel,
            n_mfcc=int(self.n_mfcc),
            n_contrast_bands=fitted_octaves(rate) if n_bands is None else int(n_bands),
            tuning=float(self.tuning),
        )

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        check_names("features", self.features, allowed=DESCRIPTORS)
        check_names("summary", self.summary, allowed=sorted(STATISTICS))
        check_band(self.fmin, self.fmax, sample_rate=sample_rate)
        settings = self._settings()
        # What only some descriptors need is checked only where they are wanted.
        check_descriptors(
            tuple(self.features),
            settings,
            sample_rate=sample_rate,
            n_samples=n_samples,
        )
        warn_of_frames(settings.mel, n_samples, stacklevel=4)
        if any(DESCRIPTORS[name].hears_mel for name in self.features):
            warn_of_empty_bands(settings.mel, sample_rate, stacklevel=4)

    def _feature_names(self) -> list[str]:
        return column_names(
            tuple(self.features),
            self._settings(),
            summary=tuple(self.summary),
            sample_rate=self.sample_rate_,
        )

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        # Their windows are of few samples, too short for slopes over nine frames.
        return [
            cls(["zcr", "rms", "flatness", "centroid"]),
            cls(["mfcc", "chroma", "contrast", "rolloff", "onset", "modulation"]),
        ]
