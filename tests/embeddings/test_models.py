import re

from skgenre.embeddings._models import MODELS


def test_each_is_listed_under_its_name_with_checksums():
    for name, model in MODELS.items():
        assert model.name == name
        sums = [model.sha256, model.source.sha256, *model.source.files.values()]
        assert all(re.fullmatch("[0-9a-f]{64}", checksum) for checksum in sums)
        assert "licen" in list(model.source.files)[-1].lower().replace("ns", "nc")


def test_tags_are_named_once():
    for model in MODELS.values():
        assert len(set(model.labels)) == len(model.labels)
