"""Labels that may be wrong: what others of the class taught speaks against them.

The list of a review holds every song whose verdict is not its label, the least likely
label first, and says of which models are so sure; a report marks these alone.
"""

import numpy as np


def suspected_labels(class_index: np.ndarray, song_proba: np.ndarray) -> np.ndarray:
    """Find songs whose verdict contradicts their label, and is sure of it.

    Nearly as in confident learning [1]_: a song is suspected if its verdict is another
    class than its label, with at least the probability that songs of that other class
    get for it on average, where they are judged right. Verdicts must be out of fold,
    or the labels taught them.

    Parameters
    ----------
    class_index : int array of shape (n_songs,)
        The column of each song's label.
    song_proba : float array of shape (n_songs, n_classes)
        Out-of-fold probabilities; NaN of songs without a verdict.

    Returns
    -------
    bool array of shape (n_songs,)
        Which labels are suspected.

    References
    ----------
    .. [1] C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating
       uncertainty in dataset labels", JAIR 70, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.review._suspects import suspected_labels
    >>> proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.45, 0.55]])
    >>> suspected_labels(np.array([0, 1, 1, 0]), proba)
    array([False, False, False, False])
    >>> suspected_labels(np.array([0, 0, 1, 1]), proba)
    array([False,  True, False, False])
    """
    usual = usual_confidence(class_index, song_proba)
    judged = ~np.isnan(song_proba).any(axis=1)
    verdict = np.where(judged, np.nan_to_num(song_proba).argmax(axis=1), class_index)
    sure = np.nan_to_num(song_proba.max(axis=1))
    suspected: np.ndarray = (verdict != class_index) & (sure >= usual[verdict])
    return suspected


def usual_confidence(class_index: np.ndarray, song_proba: np.ndarray) -> np.ndarray:
    """Find how sure verdicts of each class are where they are right.

    Parameters
    ----------
    class_index : int array of shape (n_songs,)
        The column of each song's label.
    song_proba : float array of shape (n_songs, n_classes)
        Out-of-fold probabilities; NaN of songs without a verdict.

    Returns
    -------
    float array of shape (n_classes,)
        Mean probability; infinite of a class that no song rightly gets.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.review._suspects import usual_confidence
    >>> proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    >>> usual_confidence(np.array([0, 1, 1]), proba)
    array([0.9, 0.7])
    """
    judged = ~np.isnan(song_proba).any(axis=1)
    verdict = np.where(judged, np.nan_to_num(song_proba).argmax(axis=1), -1)
    usual = np.full(song_proba.shape[1], np.inf)
    for column in range(len(usual)):
        # With songs that are judged wrong, a poor model would suspect all.
        right = (class_index == column) & (verdict == column)
        if right.any():
            usual[column] = song_proba[right, column].mean()
    return usual
