from skgenre import ModelFileError


def test_it_is_what_is_raised_for_wrong_values():
    assert issubclass(ModelFileError, ValueError)
