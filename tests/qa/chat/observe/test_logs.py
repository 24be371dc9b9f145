"""EventFormatter of the log: one for each event, which nothing that is sent can break or forge."""

import json
import logging
import sys

from qa.chat.observe.logs import MAX_FIELD_LENGTH, EventFormatter, StderrCapture, log_event

FORGED = 'x\n{"level": "error"}\r\u2028\x1b[31m"'


def test_a_line_of_json_holds_time_level_event_and_fields(lines):
    written = lines("json")
    log_event("question", {"seconds": 0.5, "question": FORGED}, level=logging.WARNING)
    assert len(written) == 1
    assert written[0].isascii()
    assert written[0].isprintable()
    found = json.loads(written[0])
    assert list(found) == ["time", "level", "event", "seconds", "question"]
    assert (found["level"], found["event"], found["seconds"]) == ("warning", "question", 0.5)
    assert found["question"] == FORGED
    assert found["time"].endswith("Z")
    assert len(found["time"]) == len("2026-01-02T03:04:05.678Z")


def test_a_line_of_text_is_read_by_a_person_and_is_one_line(lines):
    written = lines("text")
    log_event("job", {"outcome": "done", "reason": FORGED, "files": {"a": 1}, "empty": ""})
    assert written[0].isprintable()
    assert written[0].partition(" ")[2] == (
        'info job outcome=done reason="x\\n{\\"level\\": \\"error\\"}\\r\\u2028\\u001b[31m\\"" '
        'files={"a": 1} empty=""'
    )


def test_no_field_of_text_can_look_like_another(lines):
    written = lines("text")
    log_event("question", {"question": "x outcome=answered"})
    assert written[0].endswith('question="x outcome=answered"')


def test_an_error_is_logged_with_its_type_and_traceback(lines):
    written = lines("json")
    try:
        raise ValueError(FORGED)
    except ValueError:
        log_event("question", {"outcome": "error"}, level=logging.ERROR, failed=True)
    found = json.loads(written[0])
    assert (found["error"], found["outcome"]) == ("ValueError", "error")
    assert found["traceback"].startswith("Traceback (most recent call last)")
    assert "test_logs.py" in found["traceback"]


def test_a_line_is_not_endless(lines):
    written = lines("json")
    log_event("question", {"question": "a" * 1_000_000})
    assert len(written[0]) < MAX_FIELD_LENGTH + 200


def test_printed_lines_become_events(lines, monkeypatch):
    written = lines("json")
    monkeypatch.setattr(sys, "stderr", StderrCapture())
    print("one\n\ntw", end="", file=sys.stderr)
    assert [json.loads(line)["text"] for line in written] == ["one"]
    print("o", FORGED, file=sys.stderr)
    assert [json.loads(line)["text"] for line in written] == [
        "one",
        "two x",
        '{"level": "error"}\r\u2028\x1b[31m"',
    ]
    assert {json.loads(line)["event"] for line in written} == {"printed"}


def test_messages_of_libraries_name_the_library(lines):
    record = logging.LogRecord("uvicorn.error", 40, "", 0, "it %s", ("broke",), None)
    found = json.loads(EventFormatter("json").format(record))
    assert (found["event"], found["from"], found["text"]) == (
        "message",
        "uvicorn.error",
        "it broke",
    )


def test_without_the_option_nothing_is_logged(capfd):
    log_event("question", {"outcome": "error"}, level=logging.ERROR)
    assert capfd.readouterr() == ("", "")
