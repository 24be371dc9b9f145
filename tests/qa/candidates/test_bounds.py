"""Which span a piece of a number, a name, an address or a code is extended to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.candidates.bounds import whole_span


def whole(text: str, part: str) -> str:
    start = text.index(part)
    first, last = whole_span(text, start, start + len(part))
    return text[first:last]


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("A coffee is 4,20 €, a tea 3 €.", "20", "4,20 €"),
        ("It costs $5 a day.", "5", "$5"),
        ("Sales rose by 12.5% in May.", "12", "12.5%"),
        ("Of 1,200,000 people few came.", "200", "1,200,000"),
        ("Doors open at 12:30.", "30", "12:30"),
        ("It was signed on 2024-03-12.", "2024", "2024-03-12"),
        ("It was signed on 12 March 2024.", "March 2024", "12 March 2024"),
        ("It was signed on 12. März 2024.", "März 2024", "12. März 2024"),
        ("It was signed in March 2024.", "2024", "2024"),
        ("3. March 2024: it was signed.", "March 2024", "March 2024"),
        ("Of the 45 March 2024 saw", "March 2024", "March 2024"),
        ("By 3.12 March 2024 had come.", "March 2024", "March 2024"),
        ("Write to ida@north.example.org, please.", "@north", "ida@north.example.org"),
        ("See https://docs.north.example/v2/setup?lang=en.", "north", None),
        ("See (https://docs.north.example/v2/setup).", "setup", None),
        (r"They lie on \\nas02\backup\weekly.", "backup", r"\\nas02\backup\weekly"),
        ("Look in /var/log/app.log, then ask.", "log", "/var/log/app.log"),
        ("The router is SN-7741-AB/9.", "7741", "SN-7741-AB/9"),
        ("It runs v3.14.1-beta.2 now.", "14", "v3.14.1-beta.2"),
        ("Ask Jean-Luc or O'Brien.", "Jean", "Jean-Luc"),
        ("Ask Jean-Luc or O'Brien.", "Brien", "O'Brien"),
        ("It is written in C++ and C#.", "C", "C++"),
        ("COVID-19 came.", "COVID", "COVID-19"),
        ("Use snake_case names.", "snake", "snake_case"),
        ("It is kept at -18 °C now.", "18", "-18 °C"),
        ("At 18°C it melts.", "18", "18°C"),
        ("At 37.5 °F it melts.", "37.5 °", "37.5 °F"),
        ("(\u221218 K)", "18", "\u221218"),
        ("An angle of 18 °.", "18", "18 °"),
    ],
)
def test_a_piece_is_extended_to_the_whole(text, part, expected):
    if expected is None:
        expected = next(run for run in text.split() if "http" in run).strip("().")
    assert whole(text, part) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Oslo's harbour is closed.", "Oslo"),
        ("An Oslo-based firm won.", "Oslo"),
        ("Take bread and/or water.", "and"),
        ("It has a 5-cylinder engine.", "5"),
        ("He left the port.The ship sank.", "port"),
        ("It costs 4.The next is free.", "4"),
        ("Pages 5-18 are lost.", "5-18"),
        ("It is 5 - 18 more.", "18"),
        ("It was red, blue and green.", "red"),
        ("(Ida Holm) signed it.", "Ida Holm"),
        ("“Ida Holm” signed it.", "Ida Holm"),
        ("Ida Holm: a mayor.", "Ida Holm"),
        ("彼は昨日東京に行きました。", "東京"),
        ("The end.", "end"),
        ("It was 1987, a dry year.", "1987"),
        ("Ann — a sailor — left.", "Ann"),
    ],
)
def test_what_is_whole_stays_as_it_is(text, part):
    assert whole(text, part) == part


@given(st.text(max_size=60), st.data())
def test_a_range_only_grows_and_never_takes_in_white_space_at_its_ends(text, data):
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = whole_span(text, start, end)
    assert 0 <= first <= start < end <= last <= len(text)
    assert first == start or not text[first].isspace()
    assert last == end or not text[last - 1].isspace()
    assert whole_span(text, first, last) == (first, last)
