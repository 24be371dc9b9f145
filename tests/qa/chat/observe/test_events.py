"""Questions, searches, phrasings and jobs are counted and logged."""

import json

import pytest

import qa
from index import FootnoteError
from index.errors import Cancelled
from qa.chat.documents.jobs import Job, JobFile
from qa.chat.documents.manage import DocumentStore
from qa.chat.observe.events import EventLog
from qa.llm.verify import Sentence


@pytest.fixture
def lines(lines):
    """The lines of the log, parsed from JSON."""
    return lines("json", json.loads)


def counted(event_log):
    """Return the counts that are not 0, without those of the process."""
    lines = event_log.metrics.render().decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if line.startswith("footnote_")]
    return {name.removeprefix("footnote_"): float(n) for name, _, n in pairs if float(n)}


def test_at_first_all_is_zero_and_nothing_is_missing(tmp_path):
    event_log = EventLog(tmp_path)
    assert counted(event_log) == {}
    text = event_log.metrics.render().decode()
    for outcome in ("answered", "passages", "not_in_documents", "error", "busy"):
        assert f'footnote_questions_total{{outcome="{outcome}"}} 0.0' in text
    assert "footnote_index_open 0.0" in text


def test_a_question_is_in_progress_until_its_answer_is_there(tmp_path, lines):
    event_log = EventLog(tmp_path)
    answer = qa.Answer("Who?", "Who?", "Ida", (), (), 0.75, 0.75, "answer", (), ())
    with event_log.track_question("Who?") as tracked:
        assert counted(event_log) == {"questions_in_progress": 1}
        tracked.answer = answer
    found = counted(event_log)
    assert found['questions_total{outcome="answered"}'] == 1
    assert found["answer_seconds_count"] == 1
    assert "questions_in_progress" not in found
    assert lines[0]["probability"] == 0.75
    assert "question" not in lines[0]


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        ("answer", "answered"),
        ("passages", "passages"),
        ("none", "not_in_documents"),
        ("collection", "collection"),
    ],
)
def test_each_outcome_is_counted(tmp_path, lines, outcome, label):
    event_log = EventLog(tmp_path)
    with event_log.track_question("Who?") as tracked:
        tracked.answer = qa.Answer("Who?", "Who?", "", (), (), 0.2, 0.7, outcome, (), ())
    assert counted(event_log)[f'questions_total{{outcome="{label}"}}'] == 1
    assert (lines[0]["outcome"], lines[0]["answerable"]) == (label, 0.7)


@pytest.mark.parametrize("error", [FootnoteError("It is empty."), ValueError("x")])
def test_an_error_of_a_question_is_raised_unchanged(tmp_path, lines, error):
    event_log = EventLog(tmp_path, questions=True)
    with pytest.raises(type(error)) as raised, event_log.track_question("Who?"):
        raise error
    assert raised.value is error
    assert counted(event_log) == {'questions_total{outcome="error"}': 1}
    assert (lines[0]["question"], lines[0]["error"]) == ("Who?", type(error).__name__)
    assert ("traceback" in lines[0]) == isinstance(error, ValueError)


def test_a_question_that_is_given_up_is_no_error(tmp_path, lines):
    event_log = EventLog(tmp_path)
    with pytest.raises(Cancelled), event_log.track_question("Who?"):
        raise Cancelled
    assert (counted(event_log), lines) == ({}, [])


def test_a_refused_question_is_busy_and_takes_no_time(tmp_path, lines):
    event_log = EventLog(tmp_path)
    event_log.record_refused_question("Who?")
    assert counted(event_log) == {'questions_total{outcome="busy"}': 1}
    assert [(line["outcome"], "question" in line) for line in lines] == [("busy", False)]


def test_searches_and_phrasings_are_counted(tmp_path, lines):
    event_log = EventLog(tmp_path)
    with event_log.track_search():
        pass
    with pytest.raises(FootnoteError), event_log.track_search():
        raise FootnoteError("It is empty.")
    event_log.record_phrasing(qa.Phrased((Sentence("Ida keeps it.", (), True, ""),), ""))
    event_log.record_phrasing(qa.Phrased((), "The language model does not answer."))
    assert counted(event_log) == {
        'searches_total{outcome="done"}': 1,
        'searches_total{outcome="error"}': 1,
        'phrasings_total{outcome="shown"}': 1,
        'phrasings_total{outcome="nothing"}': 1,
    }
    assert [line["event"] for line in lines] == ["search", "phrasing", "phrasing"]
    assert lines[2]["reason"] == "The language model does not answer."
    assert "Ida" not in json.dumps(lines)


def test_a_job_that_fails_is_written_down_with_the_reason(tmp_path, lines):
    event_log = EventLog(tmp_path)
    failed = {"files": ["failed", "failed"], "reason": "There is no room on the disk."}
    event_log.record_job("add", "failed", 1.5, **failed)
    assert counted(event_log) == {'jobs_total{kind="add",outcome="failed"}': 1}
    (line,) = lines
    assert (line["level"], line["seconds"], line["files"]) == ("warning", 1.5, {"failed": 2})
    assert line["reason"] == "There is no room on the disk."


def test_the_log_of_a_job_names_neither_its_files_nor_its_owner(tmp_path, lines):
    documents = DocumentStore(tmp_path, event_log=EventLog(tmp_path))
    files = (JobFile("secret.pdf"), JobFile("b.txt"))
    job = Job("add", "owner", files, lambda job: "", lambda job: None)
    job.finish("failed", "There is no room on the disk.")
    documents._log_finished_job(job, 1.5)
    (line,) = lines
    assert line["files"] == {"failed": 2}
    assert "secret" not in json.dumps(line)
    assert "owner" not in json.dumps(line)
