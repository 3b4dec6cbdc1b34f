from skgenre.plotting._colours import BLUE, GREY, ORANGE, class_styles


def test_colours_belong_to_classes():
    seven = class_styles(range(7))
    assert len({style["facecolor"] for style in seven}) == 7
    ten = class_styles(range(10))
    assert len({style["facecolor"] for style in ten}) == 10
    many = class_styles(range(25))
    assert len({(s["facecolor"], s["hatch"]) for s in many}) == 25
    assert class_styles("abc") == class_styles("xyz")


def test_colours_are_told_apart_by_lightness_or_hue():
    # Nearest of any two, by channel: no two classes of a palette look the same.
    for n_classes in (7, 10):
        colours = [style["facecolor"] for style in class_styles(range(n_classes))]
        channels = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]
        distances = [
            max(abs(a - b) for a, b in zip(one, other, strict=True))
            for i, one in enumerate(channels)
            for other in channels[:i]
        ]
        assert min(distances) > 30
    assert len({BLUE, ORANGE, GREY}) == 3
