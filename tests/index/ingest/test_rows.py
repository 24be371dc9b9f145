"""What makes two embeddings the same, and so one of them superfluous."""

from makings import WordEncoder

from index.ingest.rows import vector_keys


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
