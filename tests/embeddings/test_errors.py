import pytest

from skgenre.embeddings import PretrainedModelError, get_model


def test_it_is_a_value_error_that_says_what_to_do():
    with pytest.raises(ValueError, match="expected one of 'musicnn-msd'") as caught:
        get_model("yamnet")
    assert isinstance(caught.value, PretrainedModelError)
