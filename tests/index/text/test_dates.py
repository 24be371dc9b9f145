"""Dates that documents give themselves."""

import pytest

from index.text.dates import find_date, find_date_in_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Minutes\n\nDate: 3 May 2022\n", "2022-05-03"),
        ("# Minutes\n\n- **Date:** 2022-05-03\n", "2022-05-03"),
        ("# Referat\n\nDato: 3.5.2022", "2022-05-03"),
        ("| Date | 3rd May 2022 |\n|---|---|\n", "2022-05-03"),
        ("Last updated: May 3, 2022.", "2022-05-03"),
        ("# Tide tables, June 2021\n\nDate: 2020-01-01", "2021-06"),
        ("---\nx: 1\n---\n# Notes of 7 June 2021", "2021-06-07"),
        ("# From 7 June 2021 to 9 June 2021\n", ""),
        ("# Chapter 12 of 2000 pages", ""),
        ("# Notes\n\nDate: 31.2.2022", ""),
        ("# Notes\n\nDue date: 3 May 2022. Born: 3 May 1922.", ""),
        ("# Notes\n\nThe ship left on 3 May 2022.", ""),
        ("# Notes\n\n## A visit on 3 May 2022", ""),
        (f"# Notes\n\n{'It rained. ' * 200}\nDate: 3 May 2022", ""),
        ("Data: 4 gears 2022", ""),
        ("Date: 2022-05-03T09:00:00Z", "2022-05-03"),
        ("Date: 2022/05/03", "2022-05-03"),
        ("Date: 2022/05-03", ""),
        ("# Plan of Sept 5, 2024", "2024-09-05"),
        ("| Date | Amount |\n| --- | --- |\n\nDate: 3 May 2022", "2022-05-03"),
        ("Date: 3 May 2022 to 5 May 2022\nDate: 7 May 2022", ""),
    ],
)
def test_date_in_text(text, expected):
    assert find_date(text) == expected


def test_a_line_with_a_number_sign_is_a_heading_only_in_markdown():
    assert find_date("# 3 May 2022", markdown=False) == ""
    assert find_date("# 3 May 2022") == "2022-05-03"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tide tables 2019.pdf", "2019"),
        ("2019/06/tides.pdf", "2019"),
        ("2019/tides-2020-06.pdf", "2020-06"),
        ("tides_2020_06_30.pdf", "2020-06-30"),
        ("20200631.pdf", ""),
        ("tides-2019-to-2021.pdf", ""),
        ("scan 120190630.pdf", ""),
        ("room 2450.pdf", ""),
        ("tides.pdf", ""),
        ("12.03.2024 Protokoll.pdf", "2024-03-12"),
        ("Protokoll_12.03.2024.pdf", "2024-03-12"),
        ("tides of 3 May 2022.pdf", "2022-05-03"),
        ("20240312_1930 board.md", "2024-03-12"),
        ("20240312_20240313.md", ""),
        ("2019/1920x1080.png", "2019"),
        ("1080x1920.png", ""),
        ("2024Q1.pdf", "2024"),
    ],
)
def test_date_in_name(name, expected):
    assert find_date_in_name(name) == expected
