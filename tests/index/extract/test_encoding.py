"""Bytes that are not UTF-8, and name no encoding, are read in the one that they are written in."""

from pathlib import Path

import pytest

from index.extract.document import extract

WORDS = {
    "Danish": ("Gebyret for båden er 320 kr. Færgen går til øen kl. 8.\n", "cp1252"),
    "French": ("L'école fermée à 18 h 30 ; coût : 1 450 euros, garçon naïf.\n", "iso8859-15"),
    "Spanish": ("¿Cuánto cuesta? El señor Muñoz pagó 1.200 euros el año pasado.\n", "mac-roman"),
    "Swedish": ("Avgiften för båten är 320 kr. Öl på sjön.\n", "cp850"),
    "Polish": ("Opłata za łódź wynosi 320 zł. Źródło: księga portu, część trzecia.\n", "iso8859-2"),
    "Hungarian": ("A hajó díja 320 Ft. Árvíztűrő tükörfúrógép, őszi űrlap.\n", "cp1250"),
    "Turkish": (
        "Tekne ücreti 320 liradır. Şişli'de ığdır güneşi çok güçlü.\n",  # noqa: RUF001
        "cp1254",
    ),
    "Lithuanian": ("Valties mokestis yra 320 eurų. Žąsis šoko į ežerą.\n", "cp1257"),
    "Russian": ("Плата за лодку составляет 320 рублей. Гавань закрыта.\n", "koi8-r"),
    "Hebrew": ("דמי המעגן הם 320 שקלים. הרציף נסגר בחורף.\n", "cp1255"),
    "Japanese": ("船の料金は320円です。港は冬に閉まります。\n", "iso2022-jp"),
}

SIGNS = ["It is 25 °C.", "£5", "5 µg", "“Fee” – 5 €", "it’s", "§ 5 Abs. 2", "½ cup", "8–16 o’clock"]


@pytest.mark.parametrize("language", WORDS)
def test_language_of_its_own_encoding_is_read(language):
    text, encoding = WORDS[language]
    assert extract(Path("a.txt"), text.encode(encoding)).text == text


@pytest.mark.parametrize("text", SIGNS)
def test_signs_and_quotation_marks_of_windows_need_no_words(text):
    assert extract(Path("a.txt"), text.encode("cp1252")).text == text


def test_few_accents_in_a_long_text_are_those_of_western_europe():
    text = "The harbour master of the northern quay notes each boat that comes in. " * 8
    text += "José Núñez and Zoë Müller paid £5.\n"
    assert extract(Path("a.txt"), text.encode("cp1252")).text == text


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_wrong_byte_does_not_change_the_rest(name):
    text = "Die Gebühr für das Boot beträgt 320 €, für Öl 45 €. It is 25 °C.\n"
    data = text.encode().replace("°".encode(), b"\xb0")
    assert extract(Path(name), data).text == text


def test_page_that_names_another_encoding_and_has_a_wrong_byte():
    page = "<meta charset=iso-8859-1><p>Gebühr für Öl: 45 €</p>".encode() + b"<p>25 \xb0C</p>"
    assert extract(Path("a.html"), page).text == "Gebühr für Öl: 45 €\n\n25 °C\n"


@pytest.mark.parametrize("text", ["Prix très élevé, déjà payé", "José Núñez", "Tromsø", "Ål, is"])
def test_words_do_not_mix_scripts_and_few_letters_are_western(text):
    assert extract(Path("a.txt"), text.encode("cp1252")).text.strip() == text
