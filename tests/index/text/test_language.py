"""The language of a text is detected, and each text is searched by its language's stems."""

import pytest
from makings import write_files

import index
from index.search.lexical import LexicalIndex
from index.search.terms import extract_terms
from index.text.language import detect_language

SENTENCES = {
    "en": "The harbour master keeps the books of the port and pays the pilots every month.",
    "de": "Der Hafenmeister führt die Bücher des Hafens und bezahlt jeden Monat die Lotsen.",
    "es": "El capitán del puerto lleva los libros y paga cada mes a los prácticos del puerto.",
    "fr": "Le capitaine du port tient les livres et paie chaque mois les pilotes du port.",
    "ru": "Начальник порта ведёт книги и каждый месяц платит лоцманам.",
    "zh": "港务长负责管理港口的账目并且每个月支付引航员的工资。",
    "ja": "港長は港の帳簿をつけ、毎月水先案内人に給料を払います。",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_the_language_of_a_sentence_is_detected(language):
    assert detect_language(SENTENCES[language]) == language


@pytest.mark.parametrize("text", ["", "1987", "cat dog", "🚢⚓", "Ida Holm"])
def test_text_of_uncertain_language_is_taken_for_english(text):
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Häuser", "Hause"),
        ("es", "canciones", "canción"),
        ("fr", "continuellement", "continuelle"),
        ("ru", "книги", "книга"),
        ("en", "visited", "visiting"),
    ],
)
def test_forms_of_a_word_have_one_stem_in_their_language(language, one, other):
    assert extract_terms(one, language) == extract_terms(other, language)


def test_each_text_is_found_by_its_own_language_in_a_mixed_index(tmp_path):
    texts = ["Die Häuser am Hafen", "The houses at the harbour", "Las canciones del puerto"]
    lexical = LexicalIndex.write(texts, tmp_path / "lexical", languages=["de", "en", "es"])
    assert next(iter(lexical.search("Hause", 3))) == 0
    assert next(iter(lexical.search("canción", 3))) == 2
    assert next(iter(lexical.search("house", 3))) == 1
    for question in ("Hause", "canción", "house at the harbour"):
        found = lexical.search(question, 3)
        assert max(found.values()) < lexical.score_limit(question)


def test_the_manifest_records_the_language_of_each_document(tmp_path, word_encoder):
    files = {f"{language}.txt": text for language, text in SENTENCES.items()}
    folder = write_files(tmp_path / "docs", files)
    index.build([folder], index=tmp_path / "index", encoder=word_encoder)
    generation = index.open_index(tmp_path / "index")
    languages = {entry.id: entry.language for entry in generation.manifest.documents}
    assert languages == {f"{language}.txt": language for language in SENTENCES}
    assert next(iter(generation.lexical.search("Buch der Lotse", 3))) in range(len(SENTENCES))
