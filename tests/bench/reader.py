"""Evaluate the reader on the held-out sets: python tests/bench/reader.py DATA [READER]

Prints metrics of ranking, answers, unanswerable questions, calibration and the evidence that
passages cover; `--sets` and `--limit` shorten it. Draws the reliability diagram beside this file,
if both of its sets are measured.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path

import numpy as np

import qa
from index.encode.encoder import load_encoder
from qa.candidates.spans import find_candidates
from qa.evaluation.evaluate import compute_metrics, evaluate
from qa.evaluation.labels import find_label, index_corpus, read_json_lines, read_questions
from qa.evaluation.metrics import auroc, count_overlap, exact_match, token_f1
from qa.reader.load import load_reader
from qa.retrieval.query import Query
from qa.training.calibrate import CALIBRATION_SETS
from qa.training.retrieved import OWN_WORDS_OF, retrieve_for_questions
from qa.training.written import reword_questions

SETS = (
    *("squad2_dev", "clapnq_dev", f"squad2_dev{OWN_WORDS_OF}", f"clapnq_dev{OWN_WORDS_OF}"),
    *("mtrag_un", "multihoprag_facts_news"),
    *("xquad_en", "xquad_de", "xquad_es", "xquad_zh"),
)
DIAGRAM_SETS = ("squad2_dev", "clapnq_dev")
COLUMNS = (
    *("hit@1", "exact match", "token F1", "no-answer AUROC", "shown", "wrong among shown"),
    *("right", "wrong", "in passages", "missed", "true refusals"),
    *("refused, of no answer", "shown, of no answer", "answerable calibration error"),
    *("calibration error", "Brier score", "ask p50 ms", "ask p95 ms"),
)
DIAGRAM = Path(__file__).with_name("reliability.svg")


def read_set(folder, name):
    """Return the questions of a set; in other words, those that nothing was fitted on."""
    questions = read_questions(folder)
    if not name.endswith(OWN_WORDS_OF):
        return questions
    random.Random(0).shuffle(questions)
    return list(reword_questions(folder.name, questions[CALIBRATION_SETS[f"dev/{folder.name}"] :]))


def evaluate_set(dev, name, reader, limit):
    folder = dev / name.removesuffix(OWN_WORDS_OF)
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target))
        questions = read_set(folder, name)[:limit]
        return evaluate(questions, index=generation, names=names, reader=reader)


def auroc_without_gold(folder, reader, limit):
    """Return the no-answer AUROC of questions with and without their gold documents."""
    encoder = load_encoder()
    found = retrieve_for_questions(folder, encoder, load_reader(reader), limit=limit)

    def probability(item):
        query = Query.of(item.question.question)
        return find_candidates(query, item.passages, encoder).answerable

    answerable = [item for item in found if item.question.answerable]
    there = np.array([probability(item) for item in answerable])
    gone = np.array([probability(item.without_gold()) for item in answerable])
    return auroc(there, gone)


def measure_coverage(folder, reader, limit, count=5):
    """Return the mean share of the gold spans' characters that the first `count` passages cover."""
    shares = []
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target))
        for question in read_questions(folder)[:limit]:
            passages = qa.retrieve(question.question, index=generation, top_k=count, reader=reader)
            labels = [
                find_label(question, (p.document.id, *p.document.also), names) for p in passages
            ]
            places = [
                (label, p.chunk.start, p.chunk.end)
                for label, p in zip(labels, passages, strict=True)
            ]
            covered = [
                sum(count_overlap(place, (a.doc_id, a.start, a.end)) for place in places)
                for a in question.answers
            ]
            shares.append(sum(covered) / sum(a.end - a.start for a in question.answers))
    return float(np.mean(shares))


def measure_gold_paragraphs(folder, reader, limit):
    """Return F1 and EM of the best words in the right paragraph alone, AUROC of its answering, and
    the best F1 of a limit below which no answer counts as found.
    """
    loaded, scores = load_reader(reader), []
    texts = {doc["id"]: doc for doc in read_json_lines(folder / "corpus.jsonl")}
    for question in read_questions(folder)[:limit]:
        document = texts.get(min(question.gold_docs, default=""))
        if document is None:
            continue
        (reading,) = loaded.read(
            question.question, [(document["title"].replace("_", " "), document["text"])]
        )
        best = reading.proposals[0]
        words, golds = document["text"][best.start : best.end], [a.text for a in question.answers]
        f1 = max((token_f1(words, gold) for gold in golds), default=0.0)
        exact = max((exact_match(words, gold) for gold in golds), default=0.0)
        scores.append((reading.answer_logit, question.answerable, f1, exact))
    logits, there, f1, exact = map(np.array, zip(*scores, strict=True))
    limits = np.unique(logits)
    with_none = max(np.where(logits >= low, f1 * there, ~there).mean() for low in limits)
    return f1[there].mean(), exact[there].mean(), auroc(logits[there], logits[~there]), with_none


def draw_diagram(predictions, path):
    """Draw the accuracy against the probability in ten bins, one line for each set."""
    size, margin = 320, 44

    def place(x, y):
        return f"{margin + x * size:.1f},{margin / 2 + (1 - y) * size:.1f}"

    colours = ("#0b5d62", "#b5651d")
    parts = [
        f'<rect width="{size + 2 * margin}" height="{size + 1.5 * margin}" fill="#ffffff"/>',
        f'<polyline points="{place(0, 0)} {place(1, 1)}" stroke="#b9b9b2" stroke-dasharray="4 4"/>',
        f'<polyline points="{place(0, 1)} {place(0, 0)} {place(1, 0)}" stroke="#59666b"/>',
    ]
    for tick in (0, 0.5, 1):
        x, y = place(tick, 0).split(",")
        parts.append(f'<text x="{x}" y="{float(y) + 16}" text-anchor="middle">{tick:.0%}</text>')
        x, y = place(0, tick).split(",")
        parts.append(
            f'<text x="{float(x) - 6}" y="{float(y) + 4}" text-anchor="end">{tick:.0%}</text>'
        )
    for number, (name, (probability, right)) in enumerate(predictions.items()):
        bins = np.minimum((probability * 10).astype(int), 9)
        points = [
            (probability[bins == b].mean(), right[bins == b].mean(), (bins == b).sum())
            for b in np.unique(bins)
        ]
        line = " ".join(place(x, y) for x, y, _ in points)
        parts.append(f'<polyline points="{line}" stroke="{colours[number]}" stroke-width="2"/>')
        for x, y, count in points:
            cx, cy = place(x, y).split(",")
            radius = 2 + 6 * np.sqrt(count / len(bins))
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="{radius:.1f}" fill="{colours[number]}"/>')
        x, y = place(0.04, 0.95 - 0.07 * number).split(",")
        parts.append(f'<text x="{x}" y="{y}" style="fill:{colours[number]}">{name}</text>')
    x, y = place(0.5, -0.11).split(",")
    parts.append(f'<text x="{x}" y="{y}" text-anchor="middle">predicted probability</text>')
    x, y = place(0.04, 1.01).split(",")
    parts.append(f'<text x="{x}" y="{y}">share of right answers</text>')
    style = "polyline{fill:none} text{font:12px sans-serif;fill:#1d2528}"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size + 2 * margin}" '
        f'height="{size + 1.5 * margin}"><style>{style}</style>{"".join(parts)}</svg>\n'
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=5000)
    parser.add_argument("reader", nargs="?", default=qa.EMBEDDED, help="as in footnote ask")
    parser.add_argument("--sets", nargs="+", default=SETS, help="names of sets, by default all")
    parser.add_argument("--json", type=Path, help="write all metrics to this file")
    arguments = parser.parse_args()
    dev, options = arguments.data / "dev", (arguments.reader, arguments.limit)
    predictions, tables = {}, {}
    for name in arguments.sets:
        outcomes = evaluate_set(dev, name, *options)
        tables[name] = table = compute_metrics(outcomes)
        row = ", ".join(f"{c} {table[c]:.3f}" for c in COLUMNS if c in table)
        print(f"{name}: {row}", flush=True)
        if name in DIAGRAM_SETS:
            probability = np.array([outcome.probability for outcome in outcomes])
            predictions[name] = probability, np.array([outcome.right for outcome in outcomes])
    if set(predictions) == set(DIAGRAM_SETS):
        draw_diagram(predictions, DIAGRAM)
    gold = measure_gold_paragraphs(dev / "squad2_dev", *options)
    print(
        "squad2_dev, right paragraph alone: F1 {:.3f}, EM {:.3f}, AUROC {:.3f}, F1 with no-answer "
        "{:.3f}".format(*gold),
        flush=True,
    )
    gone = auroc_without_gold(dev / "squad2_dev", *options)
    print(f"squad2_dev without the right paragraphs: no-answer AUROC {gone:.3f}", flush=True)
    covered = measure_coverage(dev / "chroma_chunking", *options)
    print(f"chroma_chunking: 5 passages cover {covered:.3f} of the evidence")
    if arguments.json:
        arguments.json.write_text(json.dumps(tables, indent=1))


if __name__ == "__main__":
    main()
