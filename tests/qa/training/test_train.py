"""Training reduces the loss, resumes exactly after a stop, and exports the same network."""

import random

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

import qa.training.curriculum
import qa.training.train
from index.encode.encoder import bundled_encoder_folder
from qa.reader.load import load_reader
from qa.reader.token_windows import cut_windows, prepare_tokenizer
from qa.training.curriculum import TrainingPass, find_token_span, make_batches, make_items
from qa.training.examples import Example
from qa.training.network import create_network, export_network
from qa.training.train import compute_loss, pad_tensors, train

NAMES = ("Ida Holm", "Anna Berg", "Omar Lund", "Mia Roth", "Jon Vik", "Eva Dahl")


def example(number, name):
    text = f"Pier {number} was opened by {name} on a rainy day."
    start = text.index(name)
    return Example(
        "squad2_part",
        f"Who opened pier {number}?",
        ("Harbour", text),
        ((start, start + len(name)),),
        (("Roads", f"Road {number} was closed in the winter."),),
    )


ONE = TrainingPass({"squad2_part": 1.0}, 1, 0.2, (2e-4, 2e-4))
EXAMPLES = [example(number, name) for number, name in enumerate(NAMES, 1)]


@pytest.fixture(scope="module")
def tokenizer():
    return prepare_tokenizer(Tokenizer.from_file(str(bundled_encoder_folder() / "tokenizer.json")))


@pytest.fixture(scope="module")
def items(tokenizer):
    return list(make_items(EXAMPLES, tokenizer, random.Random(0), ONE))


def test_items_hold_the_answer_in_tokens(items, tokenizer):
    answered = [item for item in items if item.span]
    assert len(answered) == len(EXAMPLES)
    for item, name in zip(answered, NAMES, strict=True):
        first, last = item.span
        assert tokenizer.decode(item.windows[0].ids[first : last + 1].tolist()) == name.lower()
        assert len(item.windows) == 2


def test_batches_hold_every_item_once(items):
    batches = make_batches(items, random.Random(0))
    assert sorted(map(id, (item for batch in batches for item in batch))) == sorted(map(id, items))


def test_a_span_that_is_not_inside_has_no_tokens(tokenizer):
    ((window,),) = cut_windows(tokenizer, "Who?", [("", "Ida Holm left.")])
    assert find_token_span(window, 0, 8) == (4, 5)
    assert find_token_span(window, 0, 99) is None


def test_the_loss_of_an_untrained_network_by_hand(items):
    """With all logits 0, spans are uniform over all words of a question's passages."""

    class Nothing(torch.nn.Module):
        def forward(self, ids, mask, types):
            zero = torch.zeros(ids.shape)
            return zero, zero, torch.zeros(len(ids))

    batch = [item for item in items if item.span]
    total, (span, answering, ranking) = compute_loss(Nothing(), batch, "cpu")
    words = [sum(int((w.starts >= 0).sum()) for w in item.windows) for item in batch]
    assert float(span) == pytest.approx(np.log(words).mean(), rel=1e-5)
    assert float(answering) == pytest.approx(np.log(2))
    assert float(ranking) == pytest.approx(np.log(2))
    assert float(total) == pytest.approx(float(span + answering + ranking))


def test_training_reduces_the_loss_and_resumes_exactly(tmp_path, monkeypatch):
    monkeypatch.setattr(qa.training.train, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(qa.training.curriculum, "BATCH_TOKENS", 80)
    whole = train(EXAMPLES, tmp_path / "whole", passes=[ONE] * 3)
    real, calls = qa.training.train.compute_loss, []

    def stopping(*arguments):
        calls.append(None)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(qa.training.train, "compute_loss", stopping)
        with pytest.raises(KeyboardInterrupt):
            train(EXAMPLES, tmp_path / "halves", passes=[ONE] * 3)
    resumed = train(EXAMPLES, tmp_path / "halves", passes=[ONE] * 3)
    for (name, one), other in zip(
        whole.state_dict().items(), resumed.state_dict().values(), strict=True
    ):
        assert torch.allclose(one, other, atol=1e-5), name

    tokenizer = prepare_tokenizer(
        Tokenizer.from_file(str(bundled_encoder_folder() / "tokenizer.json"))
    )
    batch = [i for i in make_items(EXAMPLES, tokenizer, random.Random(0), ONE) if i.span]
    with torch.inference_mode():
        before = float(real(create_network().eval(), batch, "cpu")[0])
        after = float(real(whole, batch, "cpu")[0])
    assert after < 0.7 * before


def test_an_exported_network_gives_the_same_readings(tmp_path, tokenizer):
    torch.manual_seed(0)
    network = create_network().eval()
    export_network(network, tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 35e6
    reader = load_reader(str(tmp_path))
    passages = [example.passage for example in EXAMPLES]
    readings = reader.read("Who opened the pier?", passages)
    windows = [parts[0] for parts in cut_windows(tokenizer, "Who opened the pier?", passages)]
    ids, mask, types, _ = pad_tensors(windows)
    with torch.inference_mode():
        _, _, answers = network(ids, mask, types)
    # Eight bits a weight lose a little.
    assert [reading.answer_logit for reading in readings] == pytest.approx(
        answers.tolist(), abs=0.1
    )
