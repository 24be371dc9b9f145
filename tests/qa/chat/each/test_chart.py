"""The pictures of answers: lengths, order, links and marks, and that names stay text."""

from datetime import date
from xml.etree import ElementTree

import pytest

from qa.chat.each import chart
from qa.chat.each.chart import Row, draw_group, find_ticks
from qa.chat.each.values import group_values

SVG = "{http://www.w3.org/2000/svg}"


def draw(answers, question="", names=None):
    (group,) = group_values(answers, question)
    names = names or [f"d{place}" for place in group.places]
    places = zip(names, group.places, strict=True)
    rows = [Row(name, answers[place], f"#cite={place}") for name, place in places]
    return ElementTree.fromstring(draw_group(group, rows))


def of_class(picture, kind):
    return [element for element in picture.iter() if element.get("class") == kind]


def test_bars_are_as_long_as_their_numbers_and_begin_with_the_largest():
    picture = draw(["500 euros", "1,000 euros", "250 euros"])
    assert [bar.get("width") for bar in of_class(picture, "bar")] == ["100.00%", "50.00%", "25.00%"]
    assert {bar.get("x") for bar in of_class(picture, "bar")} == {"0.00%"}
    links = picture.findall(f"{SVG}a")
    assert [link.get("href") for link in links] == ["#cite=1", "#cite=0", "#cite=2"]
    assert links[0].get("aria-label") == "d1: 1,000 euros"
    assert picture.get("style").endswith(f"height: {3 * chart.ROW_HEIGHT}px")


def test_bars_on_both_sides_of_zero():
    picture = draw(["-5 °C", "15 °C", "0 °C"])
    bars = [(bar.get("x"), bar.get("width")) for bar in of_class(picture, "bar")]
    assert bars == [("25.00%", "75.00%"), ("25.00%", "0.00%"), ("0.00%", "25.00%")]
    assert len(draw(["0 euros", "0 euros"])) == 2


def test_dates_stand_on_a_time_line_in_their_order():
    picture = draw(["1 July 2025", "1 January 2024", "January 2026"])
    assert [text.text for text in of_class(picture, "axis")] == ["2024", "2025", "2026", "2027"]
    days = (date(2027, 1, 1) - date(2024, 1, 1)).days
    middle = 100 * (date(2025, 7, 1) - date(2024, 1, 1)).days / days
    points = [point.get("cx") for point in of_class(picture, "point")]
    assert points[:2] == ["0.00%", f"{middle:.2f}%"]
    assert picture.find(f"{SVG}a").get("href") == "#cite=1"


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(2024, 3, 5), date(2024, 3, 9), ["Mar 2024", "Apr 2024"]),
        (date(1987, 1, 1), date(2024, 1, 1), ["1980", "2000", "2020", "2040"]),
        (date(1, 1, 1), date(9999, 12, 31), None),
    ],
)
def test_the_marks_enclose_the_days_and_are_few(first, last, labels):
    ticks = find_ticks(first, last)
    assert ticks[0][0] <= first.toordinal()
    assert labels is None or [label for _, label in ticks] == labels
    assert 2 <= len(ticks) <= max(chart.MAX_TICKS, 22)
    assert len({label for _, label in ticks}) == len(ticks)


def test_names_and_answers_are_text():
    names = ["<script>alert(1)</script>", '" onload="alert(1)', "a\u0000b"]
    picture = draw(["6 euros", "7 euros", "8 euros"], names=names)
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} == {
        *("svg", "a", "rect", "text")
    }
    assert not [name for element in picture.iter() for name in element.attrib if name[:2] == "on"]
    assert names[0] in [text.text for text in of_class(picture, "name")]


def test_only_the_first_of_very_many_are_drawn(monkeypatch):
    monkeypatch.setattr(chart, "MAX_BARS", 3)
    picture = draw([f"{number} euros" for number in range(10)])
    assert [text.text for text in of_class(picture, "value")] == ["9 euros", "8 euros", "7 euros"]
