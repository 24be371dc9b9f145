"""A question is answered, stored for its owner and displayed again."""

import contextlib
import sqlite3
import time
from pathlib import Path
from threading import Event

import pytest
from scripted import serve_scripts, stream_text

import index
import qa
from index.errors import IndexNotFound
from qa.chat.ask.chat import Chat
from qa.chat.ask.page_state import PageState
from qa.history.conversations import Conversations
from qa.history.records import NoSuchConversation


@pytest.fixture
def chat(tmp_path, word_encoder, monkeypatch):
    for name, text in (
        ("a.txt", "Ida Holm keeps the harbour."),
        ("b.txt", "Ola Berg keeps goats."),
    ):
        (tmp_path / name).write_text(text)
    folder = tmp_path / ".footnote"
    index.build([tmp_path], index=folder, encoder=word_encoder)
    # The tests' encoder is no model that can be named.
    monkeypatch.setattr(
        "qa.chat.ask.chat.qa.ask",
        lambda question, **more: _ask(question, encoder=word_encoder, **more),
    )
    monkeypatch.setattr(
        "qa.chat.ask.chat.qa.retrieve",
        lambda question, **more: _retrieve(question, encoder=word_encoder, **more),
    )
    monkeypatch.setattr(
        "qa.chat.ask.chat.qa.phrase",
        lambda answer, llm, **more: _phrase(answer, llm, encoder=word_encoder, **more),
    )
    return Chat(str(folder), Conversations(folder), threshold=0.0, reader=qa.NONE)


_ask, _retrieve, _phrase = qa.ask, qa.retrieve, qa.phrase


def shown(messages):
    return [message["content"] for message in messages]


def test_nothing_ticked_on_the_page_searches_all_documents(chat):
    state = PageState.parse({"documents": []})
    for question, answer in (("Who keeps the harbour?", "Ida Holm"), ("Who keeps goats?", "Ola")):
        assert answer in shown(chat.ask("me", state, question)[0])[1]


def test_a_question_is_kept_and_shown_again(chat):
    messages, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    assert "Ida Holm keeps the harbour" in shown(messages)[1]
    assert state.conversation
    again, same = chat.ask("me", state, "Who keeps goats?")
    assert len(again) == 4
    assert same.conversation == state.conversation
    assert shown(chat.messages("me", PageState(conversation=state.conversation))) == shown(again)


def test_an_answer_says_that_a_cited_document_was_removed(chat, tmp_path, word_encoder):
    messages, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    removed = "A cited document was removed since"
    assert removed not in shown(messages)[1]
    index.remove(["a.txt"], index=chat.folder, encoder=word_encoder)
    assert removed in shown(chat.messages("me", state))[1]
    (tmp_path / "copy.txt").write_text("Ida Holm keeps the harbour.")
    index.build([tmp_path / "copy.txt"], index=chat.folder, encoder=word_encoder)
    assert removed not in shown(chat.messages("me", state))[1]


def test_a_conversation_of_another_owner_does_not_exist(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    assert chat.messages("you", state) == []
    messages, own = chat.ask("you", state, "Who keeps goats?")
    assert len(messages) == 2
    assert own.conversation != state.conversation
    assert len(chat.messages("me", state)) == 2


def test_an_edited_question_replaces_the_turns_after_it(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    chat.ask("me", state, "Who keeps goats?")
    first = chat.conversations.turns("me", state.conversation)[0]
    messages, state = chat.ask(
        "me", PageState(conversation=state.conversation, editing=first.id), "Who keeps the goats?"
    )
    assert len(messages) == 2
    assert "Ola Berg" in shown(messages)[1]
    assert state.editing == ""


def test_an_answer_is_regenerated_from_the_present_documents(chat, tmp_path, word_encoder):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    (tmp_path / "a.txt").write_text("Nora Vale keeps the harbour.")
    index.build([tmp_path], index=chat.folder, encoder=word_encoder)
    turn = chat.conversations.turns("me", state.conversation)[0]
    messages, _ = chat.answer_again("me", state, turn.id)
    assert "Nora Vale" in shown(messages)[1]
    with pytest.raises(NoSuchConversation, match="There is no such question"):
        chat.answer_again("you", state, turn.id)


def test_only_the_chosen_documents_are_searched(chat):
    messages, _ = chat.ask("me", PageState(documents=("b.txt",)), "Who keeps the harbour?")
    assert "Ola Berg" in shown(messages)[1]
    assert "Ida Holm" not in shown(messages)[1]
    assert 'Searched only in <a href="#cite=b.txt:0:0"><bdi>' in shown(messages)[1]


def test_without_an_owner_nothing_is_kept(chat):
    messages, state = chat.ask("", PageState(), "Who keeps the harbour?")
    assert len(messages) == 2
    assert state.conversation == ""
    assert chat.conversations.list_conversations("") == []


def test_a_question_that_cannot_be_answered_is_refused_and_not_stored(chat):
    with pytest.raises(qa.InvalidArgument, match="characters"):
        chat.ask("me", PageState(), "word " * 10_000)
    with pytest.raises(qa.NoMatch, match=r"gone\.txt"):
        chat.ask("me", PageState(documents=("gone.txt",)), "Who?")
    (Path(chat.folder) / "CURRENT").unlink()
    with pytest.raises(IndexNotFound):
        chat.ask("me", PageState(), "Who keeps the harbour?")
    assert chat.conversations.list_conversations("me") == []


@pytest.mark.parametrize(
    "value", [None, 5, "x", [], {"conversation": {}, "documents": "a", "editing": None}]
)
def test_whatever_a_browser_sends_becomes_a_desk(value):
    assert PageState.parse(value) == PageState()


def test_a_desk_is_bounded():
    assert len(PageState.parse({"documents": ["a"] * 5000}).documents) == 1000


def test_examples_are_regenerated_after_a_build(tmp_path, encoder):
    (tmp_path / "a.txt").write_text("Mr Holm visited Bergen Harbour on Tuesday.\n")
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=encoder)
    chat = Chat(str(tmp_path / ".footnote"), Conversations(tmp_path), threshold=0.0)
    assert chat.examples.questions() == []  # They are made aside.
    first = wait_for(chat.examples.questions)
    (tmp_path / "a.txt").write_text("Mrs Berg opened Goat Farm on Friday.\n")
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=encoder)
    assert "Goat" in " ".join(
        wait_for(lambda: [e for e in [chat.examples.questions()] if e != first])
    )


def test_an_overview_a_list_and_a_summary_are_among_the_examples(tmp_path, encoder):
    (tmp_path / "a.txt").write_text("Mr Holm visited Bergen Harbour on Tuesday.\n")
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=encoder)
    chat = Chat(str(tmp_path / ".footnote"), Conversations(tmp_path), threshold=0.0)
    chat.examples.make()
    offered = ["What are these documents about?", "List all documents", "Summarize a.txt"]
    assert chat.examples.questions()[-3:] == offered
    assert {chat.answer(question).outcome for question in offered} == {"collection"}


def wait_for(found, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if something := found():
            return something[0] if isinstance(something[0], list) else something
        time.sleep(0.05)
    raise TimeoutError


def test_groups_have_no_questions_of_an_earlier_index(chat, tmp_path, word_encoder, monkeypatch):
    def suggest(opened, *, documents=(), **_):
        return [f"What is {opened.manifest.documents[number].id}?" for number in documents]

    monkeypatch.setattr("qa.chat.ask.examples.qa.suggest", suggest)
    monkeypatch.setattr("qa.chat.ask.examples.suggest_requests", lambda opened: [])

    def made():
        return [found] if (found := chat.examples.of_groups()) else None

    (tmp_path / "c.md").write_text("Per Moe keeps bees.")
    index.build([tmp_path], index=chat.folder, encoder=word_encoder)
    notes = {"md": ["What is c.md?"]}
    assert wait_for(made) == [notes | {"txt": ["What is a.txt?", "What is b.txt?"]}]
    (tmp_path / "b.txt").unlink()
    index.build([tmp_path], index=chat.folder, encoder=word_encoder)
    assert chat.examples.of_groups() is None
    assert wait_for(made) == [notes | {"txt": ["What is a.txt?"]}]


def test_without_an_index_there_are_no_examples(tmp_path):
    assert Chat(str(tmp_path / "none"), Conversations(tmp_path)).examples.questions() == []


def test_a_turn_that_cannot_be_read_any_more_leaves_the_others(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    with contextlib.closing(sqlite3.connect(f"{chat.folder}/conversations.sqlite")) as file, file:
        file.execute("UPDATE turns SET answer = '{}'")
    messages, _ = chat.ask("me", state, "Who keeps goats?")
    assert "cannot be read any more" in shown(messages)[1]
    assert "Ola Berg" in shown(messages)[3]


def test_an_invalid_database_is_reported(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    for file in Path(chat.folder).glob("conversations.sqlite*"):
        file.write_bytes(b"no database at all" * 100)
    for messages in (chat.messages("me", state), chat.ask("me", state, "Who keeps goats?")[0]):
        assert 'class="notice"' in shown(messages)[-1]
        assert chat.folder not in shown(messages)[-1]
    # What cannot be kept is answered all the same.
    assert "Ola Berg keeps goats" in shown(messages)[1]


@pytest.mark.parametrize(
    ("limit", "said"), [("MAX_TURNS", "has 1 questions"), ("MAX_ANSWER_LENGTH", "too long to be")]
)
def test_what_a_conversation_cannot_take_is_answered_all_the_same(chat, monkeypatch, limit, said):
    before, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    monkeypatch.setattr(f"qa.history.conversations.{limit}", 1)
    messages, after = chat.ask("me", state, "Who keeps goats?")
    assert after == state
    assert shown(messages)[:2] == shown(before)
    assert "Ola Berg keeps goats" in shown(messages)[3]
    assert said in shown(messages)[4]
    assert len(chat.messages("me", state)) == 2


def test_the_last_hundred_questions_are_shown(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    found = chat.answer("Who keeps goats?")
    for _ in range(110):
        chat.conversations.add("me", state.conversation, "Who keeps goats?", found)
    assert len(chat.messages("me", state)) == 200


def test_a_language_model_phrases_a_stored_answer(chat):
    with serve_scripts(stream_text("Ida Holm keeps the harbour [1]. She sold it [1].")) as server:
        model = qa.LanguageModel(server.url, "m")
        speaking = Chat(chat.folder, chat.conversations, threshold=0.0, reader=qa.NONE, llm=model)
        messages, state = chat.ask("me", PageState(), "Who keeps the harbour?")
        assert "#phrase=" not in shown(messages)[1]
        (turn,) = chat.conversations.turns("me", state.conversation)
        assert f"#phrase={turn.id}:" in shown(speaking.messages("me", state))[1]
        heard = []
        said = speaking.phrase("me", turn.id, heard.append, Event())
        assert speaking.phrase("me", turn.id, heard.append, Event()).note == said.note
        assert len(server.asked) == 1
    assert [sentence.supported for sentence in heard] == [True, False]
    after = shown(chat.messages("me", state))[1]
    assert "#phrase=" not in after
    assert "Ida Holm keeps the harbour&#46; <a href=" in after
    assert "1 sentence was left out" in after
    with pytest.raises(NoSuchConversation):
        speaking.phrase("you", turn.id, heard.append, Event())


def test_an_answer_just_given_is_phrased_from_the_passages_at_hand(chat, monkeypatch):
    with serve_scripts(stream_text("Ida Holm keeps the harbour [1].")) as server:
        model = qa.LanguageModel(server.url, "m")
        speaking = Chat(chat.folder, chat.conversations, threshold=0.0, reader=qa.NONE, llm=model)
        _, state = speaking.ask("me", PageState(), "Who keeps the harbour?")
        (turn,) = chat.conversations.turns("me", state.conversation)

        def ask_again(question, **more):
            raise AssertionError(f"{question} was asked again")

        monkeypatch.setattr("qa.chat.ask.chat.qa.ask", ask_again)
        phrased = speaking.phrase("me", turn.id, lambda sentence: None, Event())
        assert [sentence.text for sentence in phrased.supported] == ["Ida Holm keeps the harbour."]
        with pytest.raises(AssertionError, match="asked again"):
            chat.answer("Who keeps the harbour?")


def test_the_phrasing_of_a_replaced_answer_is_dropped(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    (turn,) = chat.conversations.turns("me", state.conversation)
    chat.answer_again("me", state, turn.id)
    chat.conversations.add_phrasing(turn, "me", qa.Phrased((), "too late"))
    assert chat.conversations.turn("me", turn.id).answer["phrased"] is None


def test_a_question_is_understood_after_those_before_it(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    messages, state = chat.ask("me", state, "And who is she?")
    first, after = chat.conversations.turns("me", state.conversation)
    assert first.answer["searched_for"] == "Who keeps the harbour?"
    assert after.answer["searched_for"].startswith("And who is she? (Ida Holm")
    assert "Searched for:" in shown(messages)[3]
    assert f"#search={after.id}" in shown(messages)[3]
    assert "Searched for:" not in shown(messages)[1]
    chat.answer_again("me", state, after.id)
    again = chat.conversations.turn("me", after.id)
    assert again.answer["searched_for"] == after.answer["searched_for"]
    # The first question has none before it, also when it is asked again later.
    chat.answer_again("me", state, first.id)
    again = chat.conversations.turn("me", first.id)
    assert again.answer["searched_for"] == "Who keeps the harbour?"


def test_an_edited_search_text_is_searched_without_context(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    _, state = chat.ask("me", state, "And who is she?")
    _, after = chat.conversations.turns("me", state.conversation)
    sent = PageState(state.conversation, editing=after.id, alone=True)
    _, state = chat.ask("me", sent, "And who is she? (goats)")
    assert not state.alone
    _, changed = chat.conversations.turns("me", state.conversation)
    assert changed.answer["searched_for"] == changed.question == "And who is she? (goats)"
    chat.answer_again("me", state, changed.id)
    assert chat.conversations.turn("me", changed.id).answer["searched_for"] == changed.question


def test_anothers_conversation_is_nothing_to_lean_on(chat):
    _, state = chat.ask("me", PageState(), "Who keeps the harbour?")
    _, own = chat.ask("you", state, "And who is she?")
    (turn,) = chat.conversations.turns("you", own.conversation)
    assert turn.answer["searched_for"] == "And who is she?"


def test_each_group_of_documents_has_questions_of_its_own(tmp_path, encoder):
    (tmp_path / "a.txt").write_text("Mr Holm visited Bergen Harbour on Tuesday.\n")
    (tmp_path / "b.md").write_text("Mrs Berg opened Goat Farm on Friday.\n")
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=encoder)
    chat = Chat(str(tmp_path / ".footnote"), Conversations(tmp_path), threshold=0.0)
    chat.examples.make()
    assert len(chat.examples.questions()) > 3
    groups = wait_for(lambda: [found] if (found := chat.examples.of_groups()) else None)[0]
    assert {name: "Goat" in " ".join(asked) for name, asked in groups.items()} == {
        "txt": False,
        "md": True,
    }
    assert len(groups["txt"]) == 1
    assert chat.examples.questions()[0] == "What are these documents about?"
