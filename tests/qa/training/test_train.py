"""Training reduces the loss, resumes exactly after a stop, and exports the same network."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

import qa.reader
import qa.training.train
from index import FootnoteError
from qa.reader.load import load_reader
from qa.reader.token_windows import cut_windows, prepare_tokenizer
from qa.training.curriculum import (
    TrainingPlan,
    choose_examples,
    find_token_span,
    make_batches,
    make_items,
)
from qa.training.examples import Example
from qa.training.export import export_network
from qa.training.network import create_network
from qa.training.train import compute_loss, pad_tensors, sample_windows, train

TOKENIZER = Path(qa.reader.__file__).with_name("weights") / "tokenizer.json"
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


PLAN = TrainingPlan(tokens=2_500, rate=2e-3, head_rate=2e-3, warm_up=1, batch_tokens=160)
EXAMPLES = [example(number, name) for number, name in enumerate(NAMES, 1)]


@pytest.fixture(scope="module")
def tokenizer():
    return prepare_tokenizer(Tokenizer.from_file(str(TOKENIZER)))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny MPNet with random weights."""
    from transformers import MPNetConfig, MPNetModel

    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4}
    config = MPNetConfig(num_hidden_layers=6, max_position_embeddings=514, **sizes)
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())
    return folder


@pytest.fixture(scope="module")
def items(tokenizer):
    return list(make_items(EXAMPLES, tokenizer, random.Random(0), PLAN))


def test_items_hold_the_answer_in_tokens(items, tokenizer):
    answered = [item for item in items if item.span]
    assert len(answered) == len(EXAMPLES)
    for item, name in zip(answered, NAMES, strict=True):
        first, last = item.span
        assert tokenizer.decode(item.windows[0].ids[first : last + 1].tolist()) == name.lower()
        assert len(item.windows) == 2


def test_batches_hold_every_item_once(items):
    batches = make_batches(items, random.Random(0), 160)
    assert len(batches) > 1
    assert sorted(map(id, (item for batch in batches for item in batch))) == sorted(map(id, items))


def test_a_span_that_is_not_inside_has_no_tokens(tokenizer):
    ((window,),) = cut_windows(tokenizer, "Who?", [("", "Ida Holm left.")])
    assert find_token_span(window, 0, 8) == (5, 6)
    assert find_token_span(window, 0, 99) is None


def test_the_loss_of_an_untrained_network_by_hand(items):
    """With all logits 0, spans are uniform over all words of a question's passages."""

    class Nothing(torch.nn.Module):
        def forward(self, ids, mask):
            zero = torch.zeros(ids.shape)
            return zero, zero, torch.zeros(len(ids))

    batch = [item for item in items if item.span]
    total, (span, answering, ranking) = compute_loss(Nothing(), batch, "cpu")
    words = [sum(int((w.starts >= 0).sum()) for w in item.windows) for item in batch]
    assert float(span) == pytest.approx(np.log(words).mean(), rel=1e-5)
    assert float(answering) == pytest.approx(np.log(2))
    assert float(ranking) == pytest.approx(np.log(2))
    assert float(total) == pytest.approx(float(span + answering + ranking))


def test_a_shortened_passage_keeps_its_answer(tokenizer):
    before, after = "It rained. " * 60, " It snowed." * 60
    text = f"{before}Ida Holm opened the pier.{after}"
    one = Example(
        "squad2_part",
        "Who opened the pier?",
        ("", text),
        ((len(before), len(before) + 8),),
        (("", f"{before}No one closed the pier.{after}"),),
    )
    plan = TrainingPlan(short_share=1.0, changed_share=0.0, final_short_share=0.0)
    (item,) = make_items([one], tokenizer, random.Random(1), plan)
    first, last = item.span
    other = tokenizer.decode(item.windows[1].ids.tolist())
    assert tokenizer.decode(item.windows[0].ids[first : last + 1].tolist()) == "ida holm"
    assert max(len(window.ids) for window in item.windows) < 160
    assert "no one closed the pier" in other  # The sentence most like the question.
    (whole,) = make_items([one], tokenizer, random.Random(0), plan, final=True)
    assert min(len(window.ids) for window in whole.windows) > 160


def test_a_share_of_each_set_is_read_and_what_nothing_answers_twice():
    some = [example(n, "Ida Holm") for n in range(200)]
    few = [replace(one, source="policyqa") for one in some]
    nothing = [replace(one, spans=()) for one in some[:10]]
    others = [replace(one, source="another") for one in some]
    chosen = choose_examples(
        [*some, *few, *nothing, *others], {"squad2_part": 1.0, "policyqa": 0.1}
    )
    counted = Counter((one.source, bool(one.spans)) for one in chosen)
    assert counted["squad2_part", True] == 200
    assert counted["squad2_part", False] == 20
    assert 5 < counted["policyqa", True] < 40
    assert "another" not in {one.source for one in chosen}
    assert [one.source for one in chosen[:100]] != ["squad2_part"] * 100


def test_training_reduces_the_loss_and_resumes_exactly(tmp_path, monkeypatch, base, tokenizer):
    monkeypatch.setattr(qa.training.train, "CHECKPOINT_SECONDS", 0)
    whole = train(EXAMPLES, tmp_path / "whole", base, PLAN)
    real, calls = qa.training.train.compute_loss, []

    def stopping(*arguments):
        calls.append(None)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(qa.training.train, "compute_loss", stopping)
        with pytest.raises(KeyboardInterrupt):
            train(EXAMPLES, tmp_path / "halves", base, PLAN)
    resumed = train(EXAMPLES, tmp_path / "halves", base, PLAN)
    for (name, one), other in zip(
        whole.state_dict().items(), resumed.state_dict().values(), strict=True
    ):
        assert torch.allclose(one, other, atol=1e-5), name

    batch = [i for i in make_items(EXAMPLES, tokenizer, random.Random(0), PLAN) if i.span]
    with torch.inference_mode():
        before = float(real(create_network(base).eval(), batch, "cpu")[0])
        after = float(real(whole, batch, "cpu")[0])
    assert after < 0.9 * before


@pytest.fixture(scope="module")
def exported(base, tokenizer, tmp_path_factory):
    """A network and the folder that it was exported to."""
    folder = tmp_path_factory.mktemp("exported")
    torch.manual_seed(0)
    network = create_network(base).eval()
    # Outputs of a real size, so that a difference shows.
    network.head.weight.data *= 20
    export_network(network, base, sample_windows(EXAMPLES, tokenizer), folder)
    return network, folder


def test_an_exported_network_gives_the_same_logits(exported, tokenizer):
    network, folder = exported
    passages = [example.passage for example in EXAMPLES]
    windows = [parts[0] for parts in cut_windows(tokenizer, "Who opened the pier?", passages)]
    ids, mask, _ = pad_tensors(windows)
    with torch.inference_mode():
        expected = network(ids, mask)
    reader = load_reader(str(folder))
    found = reader._network(windows)
    for row, (window, (start, end, answers)) in enumerate(zip(windows, found, strict=True)):
        # Seven or eight bits a weight lose a little.
        for one, other in ((start, expected[0]), (end, expected[1])):
            assert one == pytest.approx(other[row, : len(window.ids)].numpy(), abs=0.35)
            assert np.corrcoef(one, other[row, : len(window.ids)].numpy())[0, 1] > 0.99
        assert answers == pytest.approx(float(expected[2][row]), abs=0.35)


def test_weights_that_cannot_saturate_give_nearly_the_same(exported, tokenizer, monkeypatch):
    _, folder = exported
    ((window,),) = cut_windows(tokenizer, "Who opened the pier?", [EXAMPLES[0].passage])
    logits = []
    for exactly in (True, False):
        monkeypatch.setattr("qa.reader.networks.adds_exactly", lambda exactly=exactly: exactly)
        load_reader.__globals__["_load_named_reader"].cache_clear()
        ((start, _, _),) = load_reader(str(folder))._network([window])
        logits.append(start)
    load_reader.__globals__["_load_named_reader"].cache_clear()
    assert np.corrcoef(*logits)[0, 1] > 0.98


@pytest.mark.parametrize(
    "change", [lambda data: data[:-100], lambda data: data[:-1] + bytes([data[-1] ^ 1])]
)
def test_a_damaged_or_half_copied_file_is_a_sentence(exported, tmp_path, change):
    _, folder = exported
    for file in folder.iterdir():
        data = file.read_bytes()
        is_weights = file.suffix == ".safetensors"
        (tmp_path / file.name).write_bytes(change(data) if is_weights else data)
    with pytest.raises(FootnoteError, match=r"weights-1\.safetensors in .* damaged, incomplete"):
        load_reader(str(tmp_path))
    (tmp_path / "weights-1.safetensors").unlink()
    with pytest.raises(FootnoteError, match=r"weights-1\.safetensors missing"):
        load_reader(str(tmp_path))
