"""The table, goals and figure of the comparison with other products, from made-up results."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"
OURS = ["Ours", "Ours, `ask()`"]


@pytest.fixture
def comparison(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "bench"))
    for name in ("comparison", "peers", "timing"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import comparison

    return comparison


@pytest.fixture
def make_run(comparison):
    def make(seconds, ranks=(1, 2, 0, 1), serving=700):
        building = seconds and comparison.BuildCost(
            documents=100,
            pieces=120,
            seconds=seconds,
            processor=seconds / 2,
            whole=seconds + 4,
            memory=900_000_000,
            disk=1_500_000,
        )
        return comparison.ProductRun(
            comparison.ServingCost(5.0, (10.0, 20.0, 30.0), serving * 1_000_000, ranks), building
        )

    return make


@pytest.fixture
def measured(make_run):
    return {
        "Ours": [make_run(4.0), make_run(5.0), make_run(2.0)],
        "Ours, `ask()`": [make_run(None, None, 710)] * 3,
        "Slow": [make_run(20.0, (0, 2, 4, 1))] * 3,
        "Fast": [
            make_run(10.0, serving=800),
            make_run(10.0, serving=720),
            make_run(10.0, serving=900),
        ],
    }


def test_ranks_and_percentiles(comparison):
    assert comparison.find_rank(["a", "b", "c"], {"b", "c"}) == 2
    assert comparison.find_rank(["a", "b"], {"c"}) == 0
    assert comparison.find_rank([], {"c"}) == 0
    assert comparison.percentile(range(1, 101), 0.95) == 96
    assert comparison.percentile([7.0], 0.95) == 7.0


def test_the_table_shows_medians_and_the_best_of_each(comparison, measured):
    header, _, first, asking, slow, fast = comparison.make_table(measured).split("\n")
    columns = [cell.strip() for cell in header.split("|")[2:-1]]
    assert columns == list(comparison.TABLE_METRICS)
    speed, rank, reciprocal = (columns.index(name) for name in ("documents/s", "hit@1", "MRR"))
    cells = {
        row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]]
        for row in (first, asking, slow, fast)
    }
    assert [cells[name][speed] for name in cells] == ["**25**", "–", "5", "10"]
    assert [cells[name][rank] for name in cells] == ["**0.500**", "–", "0.250", "**0.500**"]
    # (1 + 1/2 + 0 + 1) / 4 and (0 + 1/2 + 1/4 + 1) / 4
    assert [cells[name][reciprocal] for name in cells] == ["**0.625**", "–", "0.438", "**0.625**"]
    assert cells["Fast"][columns.index("memory serving, MB")] == "800"


def test_rounds_are_compared_pair_by_pair(comparison, measured):
    """10/4, 10/5 and 10/2 times as fast: 2.5 at the median."""
    assert comparison.compare_with_fastest(measured, OURS) == ("Fast", 2.5)


def test_goals_say_whether_they_are_reached(comparison, measured, make_run):
    indexing, spent, memory = comparison.check_goals(measured, OURS)
    assert spent == "indexing by CPU time: 2.50 times Fast"
    assert indexing.startswith("indexing: 2.50 times the fastest peer, Fast;")
    assert indexing.endswith(": reached")
    assert "710 MB" in memory
    assert "Slow with 700 MB" in memory
    assert memory.endswith(": not reached")
    measured["Slow"] = [make_run(20.0, serving=711)] * 3
    measured["Ours"] = [make_run(4.1)] * 3
    indexing, _, memory = comparison.check_goals(measured, OURS)
    assert indexing.endswith("2.5 times: not reached")
    assert memory.endswith(": reached")


def test_the_figure_draws_each_product_to_scale(comparison, measured):
    root = ElementTree.fromstring(comparison.draw_figure(measured, OURS, "2 rounds & <more>"))
    assert root.find(f"{SVG}rect").get("fill") == "#ffffff", "a ground for dark pages"
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class")]
    speeds = [float(bar.get("width")) for bar in bars[:3]]  # ask() builds nothing.
    assert speeds == pytest.approx([speeds[0], speeds[0] / 5, speeds[0] / 2.5], abs=0.1)
    assert [bar.get("class") for bar in bars[:3]] == ["ours", "theirs", "theirs"]
    assert len(bars) == 3 + 4 + 4 + 4 + 3 + 3
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "2 rounds & <more>" in texts
    assert "Ours, ask()" in texts
    width, height = float(root.get("width")), float(root.get("height"))
    for shape in [*bars, *root.iter(f"{SVG}text")]:
        assert 0 <= float(shape.get("x")) + float(shape.get("width", 0)) <= width
        assert 0 <= float(shape.get("y")) <= height


def test_a_corpus_is_filled_up_with_texts_of_other_sets(comparison, tmp_path):
    import peers

    def write(folder, texts):
        (tmp_path / folder).mkdir(parents=True)
        lines = (json.dumps({"id": key, "title": "T", "text": text}) for key, text in texts)
        (tmp_path / folder / "corpus.jsonl").write_text("\n".join(lines))

    write("dev/asked", [("a", "One."), ("b", "Two."), ("c", "One.")])
    for number, folder in enumerate(peers.FILLER_SETS):
        write(folder, [("a", f"{folder} says so."), ("z", "Two.")] if number else [("x", "Two.")])
    names, count = peers.write_corpus(tmp_path, "dev/asked", 3, tmp_path / "corpus")
    assert names == {"a": "000000.txt", "b": "000001.txt", "c": "000000.txt"}
    assert count == 3
    texts = [path.read_text() for path in sorted((tmp_path / "corpus").iterdir())]
    assert texts == ["One.", "Two.", f"{peers.FILLER_SETS[1]} says so."]
    _, alone = peers.write_corpus(tmp_path, "dev/asked", 0, tmp_path / "alone")
    assert alone == 2
    with pytest.raises(SystemExit, match="5 texts; --documents 6 cannot be reached"):
        peers.write_corpus(tmp_path, "dev/asked", 6, tmp_path / "more")
