"""What is embedded for a chunk, and what makes two embeddings the same and one superfluous."""

import pytest
from makings import WordEncoder

import index
from index.ingest.rows import compose_text, vector_keys


def keys(text: str, **attributes: object) -> list[str]:
    """Return the keys of a text's vector by an encoder with these attributes."""
    encoder = WordEncoder()
    for name, value in attributes.items():
        setattr(encoder, name, value)
    return vector_keys([text], encoder)


def test_a_vector_belongs_to_its_text_and_the_weights_and_prompt_that_made_it():
    assert keys("cat") == keys("cat") == keys("cat", name="elsewhere")
    others = [
        keys("dog"),
        keys("cat", weights_sha256="0" * 64),
        keys("cat", prompts={"document": "passage: "}),
    ]
    assert keys("cat") not in others


def test_precision_makes_no_other_vector_but_for_seven_bits():
    """Of a processor where eight bits saturate: vectors that did so are embedded again."""
    assert keys("cat", dtype="int8") == keys("cat", dtype="bfloat16")
    assert keys("cat", dtype="int7") != keys("cat", dtype="int8")


def embed(folder, text: str, name: str = "ports.md") -> tuple[list[str], list[str]]:
    """Return what is embedded for the chunks of a document, and the chunks' own texts, in order."""
    encoder = WordEncoder()
    (folder / name).write_text(text, "utf-8")
    index.build([folder / name], index=folder / "index", encoder=encoder)
    opened = index.open_index(folder / "index")
    document = opened.document_by_number(0)
    own = [document.text[start:end] for _, start, end in opened.chunks.tolist()]
    return [next(e for e in encoder.embedded if e.endswith(text)) for text in own], own


@pytest.mark.parametrize("rows", [250, 2500])
def test_every_row_is_embedded_with_the_header_of_its_table(tmp_path, rows):
    lines = ["Port,Days at berth", *(f"Oslo {number},{number}. Shut." for number in range(rows))]
    embedded, own = embed(tmp_path, "\n".join(lines), "fees.csv")
    header = "| Port | Days at berth |"
    assert embedded[0] == f"fees\n{own[0]}"
    assert own[0].startswith(f"{header}\n| --- | --- |\n| Oslo 0 | 0. Shut. |\n")
    assert len(own) >= 10
    for text, chunk in zip(embedded[1:], own[1:], strict=True):
        assert chunk.startswith("| Oslo ")
        assert text == f"fees\n{header}\n{chunk}"
        assert len(f"{header}\n{chunk}".split()) <= 200


def test_header_of_many_columns_is_cut_to_fit(tmp_path):
    table = [" | ".join(f"{word}{n}" for n in range(90)) for word in ("Column ", "a", "b", "c")]
    table[1] = " | ".join(["---"] * 90)
    embedded, own = embed(tmp_path, "# Fees\n\n" + "".join(f"| {row} |\n" for row in table))
    row = next(number for number, text in enumerate(own) if text.startswith("| b0 |"))
    assert "\n| Column 0 | Column 1 | " in embedded[row]
    (header,) = (line for line in embedded[row].split("\n") if line.startswith("| Column"))
    assert header.endswith("Column 15 |")
    assert len(header.split()) == 49
    assert len(embedded[row].split()) <= 254


def test_long_row_stays_whole_and_its_header_is_cut(tmp_path):
    """Of 256 tokens, 2 are special; the header has 49, or what title and row leave: 254 - 214."""
    names = " | ".join(f"Column {number}" for number in range(16))
    row = "| " + " ".join(["It is shut. "] * 65) + " |"
    short = "| b |"
    text = f"# Fees\n\n| {names} |\n| --- |\n{short}\n{row}\n{short}\n"
    embedded, own = embed(tmp_path, text)
    assert row in own
    assert embedded[own.index(row)] == f"Fees\n| {names} |\n{row}"
    wider = text.replace("It is shut.", "It is shut again today.", 1)
    (tmp_path / "wider").mkdir()
    embedded, own = embed(tmp_path / "wider", wider.replace("Fees", " ".join(["Fees"] * 15)))
    (long,) = (number for number, chunk in enumerate(own) if "again" in chunk)
    assert own[long].count("shut") == 65
    assert "Column 12 |\n| It" in embedded[long]
    assert len(embedded[long].split()) <= 254


def test_lines_of_numbers_are_embedded_with_the_names_of_their_columns(tmp_path):
    lines = "\n".join(f"Farm{n} {n} {n + 1}" for n in range(150))
    embedded, own = embed(tmp_path, f"Farm April May\n{lines}", "yield.txt")
    assert len(own) > 1
    assert embedded[1].split("\n")[-2 - own[1].count("\n")] == "Farm April May"


def test_a_title_that_begins_the_first_word_is_kept():
    assert compose_text("Port", "", "Portland is far.") == "Port\nPortland is far."
    assert compose_text("Port", "", "Port: open.") == "Port: open."


def test_text_after_a_table_has_no_header(tmp_path):
    text = "# Fees\n\n| Port | Days |\n|---|---|\n" + "| Oslo | 3 |\n" * 60 + "\n# End\n\nBye."
    embedded, own = embed(tmp_path, text)
    assert own[-1] == "# End\n\nBye."
    assert embedded[-2] == f"Fees\n| Port | Days |\n{own[-2]}"
    assert "Port" not in embedded[-1]


def test_characters_without_width_are_not_embedded():
    text = "The re\xadfrig\xadera\xadtor of Griffin\u200bBay\u2060 is \ufeffnew."
    assert compose_text("Ki\xadosk", "Kü\xadche", text, header="| Pr\xadice |") == (
        "Kiosk\nKüche\n| Price |\nThe refrigerator of GriffinBay is new."
    )
    assert compose_text("", "", "\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"
