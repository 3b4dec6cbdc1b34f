from skgenre.plotting._colours import (
    BLUE,
    GREY,
    LINES,
    MARKERS,
    ORANGE,
    class_styles,
    ink_on,
)


def test_colours_belong_to_classes():
    seven = class_styles(range(7))
    assert len({style["facecolor"] for style in seven}) == 7
    ten = class_styles(range(10))
    assert len({style["facecolor"] for style in ten}) == 10
    many = class_styles(range(70))
    assert len({(s["facecolor"], s["hatch"]) for s in many}) == 70
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


def test_lines_and_points_differ_without_colour():
    assert len({(s["marker"], str(s["linestyle"])) for s in LINES}) == len(LINES)
    assert len({str(s["linestyle"]) for s in LINES}) == len(LINES)
    assert len(set(MARKERS)) == len(MARKERS)


def test_ink_has_the_larger_contrast():
    assert ink_on("#000000") == ink_on("#0072B2") == "white"
    assert ink_on("#FFFFFF") == ink_on("#E69F00") == ink_on("#BBBBBB") == "black"
    # 0.179 is where (1.05 / (x + 0.05)) = ((x + 0.05) / 0.05); grey 118 is below it,
    # grey 119 above.
    assert (ink_on("#757575"), ink_on("#777777")) == ("white", "black")
