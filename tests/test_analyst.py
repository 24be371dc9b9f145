"""The questions of tests/bench/analyst.py: what they are labelled with stands in the documents."""

import re

import pytest
from analyst import CONTRACTS, QUESTIONS, find_unread
from analyst_files import write_documents

from index.extract.document import extract


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    write_documents(folder)
    return folder


def test_the_words_and_rows_of_each_question_stand_on_their_page(folder):
    assert find_unread(folder) == []
    for name, words in CONTRACTS.items():
        assert words in extract(folder / name, (folder / name).read_bytes()).text


def test_the_documents_are_many_and_of_all_kinds(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 46
    kinds = {".csv", ".docx", ".eml", ".html", ".md", ".pdf", ".pptx", ".txt", ".xlsx"}
    assert {path.suffix for path in files} == kinds


def long_words(text):
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def test_questions_in_words_of_their_own_share_none_with_the_line_that_answers(folder):
    asked = [question for question in QUESTIONS if question.own]
    assert len(asked) == 10
    for question in asked:
        if question.document:
            path = folder / question.document
            lines = extract(path, path.read_bytes()).text.split("\n")
            (line,) = (line for line in lines if question.words[0] in line)
            assert not long_words(question.text) & long_words(line)
