"""Embedding by Dask workers: the same vectors, none lost or duplicated, even if workers die."""

import os
import signal

import numpy as np
import pytest
from makings import write_files

import index
from index.encode import dask as dask_embedding
from index.encode.encoder import Encoder
from index.errors import EncoderMismatch, FootnoteError
from index.ingest import rows
from index.store.generation import open_index
from qa.cli import main as cli

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        protocol="tcp://",
    ) as running:
        yield running


@pytest.fixture
def docs(tmp_path):
    files = {f"{n:03d}.txt": f"The harbour of town {n} has {n * 7} berths." for n in range(160)}
    return write_files(tmp_path / "docs", files)


@pytest.mark.parametrize("killed", [False, True], ids=["two workers", "one killed"])
def test_vectors_are_those_of_this_machine(cluster, docs, tmp_path, encoder, monkeypatch, killed):
    monkeypatch.setattr(rows, "LIBRARY_BATCH_SIZE", 4)
    seen, begun = [], workers(cluster)

    def progress(stage: str, done: int, total: int) -> None:
        if stage != "embedding":
            return
        if killed and done and not any(seen):
            os.kill(begun[0], signal.SIGKILL)
        seen.append(done)

    report = index.build(
        [docs],
        index=tmp_path / "there",
        encoder=encoder,
        dask=cluster.scheduler_address,
        progress=progress,
    )
    assert (report.embedded, report.chunks) == (160, 160)
    assert (seen[0], seen[-1], sorted(seen)) == (0, 160, seen)
    index.build([docs], index=tmp_path / "here", encoder=encoder)
    there, here = (
        open_index(tmp_path / name).dense.vectors(range(160)) for name in ("there", "here")
    )
    # A batch of other texts is padded otherwise, which bfloat16 shows in the third digit.
    assert np.einsum("ij,ij->i", there, here).min() > 0.998
    again = index.build(
        [docs], index=tmp_path / "there", encoder=encoder, dask=cluster.scheduler_address
    )
    assert again.embedded == 0
    if killed:
        assert begun[0] not in workers(cluster)


def workers(cluster) -> list[int]:
    """Return the ids of the workers' processes."""
    return [worker.pid for worker in cluster.workers.values() if worker.pid]


class Other(Encoder):
    """The embedded encoder's name with other weights."""

    def __init__(self, like: Encoder):
        self.name, self.weights_sha256, self.dimension = like.name, "0" * 64, like.dimension


def test_other_weights_are_refused(cluster, encoder):
    with pytest.raises(EncoderMismatch, match="A Dask worker has other weights of the encoder gt-"):
        list(dask_embedding.embed_on_cluster([["one"]], Other(encoder), cluster.scheduler_address))


def test_each_batch_is_yielded_once(cluster, encoder):
    batches = [[f"text {n}", f"pier {n}"] for n in range(25)]
    made = list(dask_embedding.embed_on_cluster(batches, encoder, cluster.scheduler_address))
    assert sorted(place for place, _ in made) == list(range(25))
    for place, vectors in made:
        alone = encoder.embed_passages(batches[place])
        assert np.einsum("ij,ij->i", vectors, alone) == pytest.approx(1, abs=2e-3)


def test_missing_scheduler_is_reported(encoder, monkeypatch):
    monkeypatch.setattr(dask_embedding, "SCHEDULER_TIMEOUT", 1)
    with pytest.raises(
        FootnoteError, match=r"There is no Dask scheduler at tcp://127\.0\.0\.1:1\."
    ):
        list(dask_embedding.embed_on_cluster([["one"]], encoder, "tcp://127.0.0.1:1"))


def test_scheduler_without_workers_times_out(encoder, monkeypatch):
    monkeypatch.setattr(dask_embedding, "WORKER_TIMEOUT", 1.0)
    options = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "protocol": "tcp://"}
    with (
        distributed.LocalCluster(n_workers=0, **options) as empty,
        pytest.raises(FootnoteError, match="has had no worker for 1 seconds"),
    ):
        list(dask_embedding.embed_on_cluster([["one"]], encoder, empty.scheduler_address))


def test_build_that_is_cancelled_ends(cluster, docs, tmp_path, encoder):
    def cancel(stage: str, done: int, total: int) -> None:
        if stage == "embedding":
            raise index.Cancelled

    with pytest.raises(index.Cancelled):
        index.build(
            [docs],
            index=tmp_path / "index",
            encoder=encoder,
            dask=cluster.scheduler_address,
            progress=cancel,
        )
    assert not (tmp_path / "index" / "CURRENT").exists()


@pytest.mark.parametrize("other", ["--prune", "--dask=tcp://127.0.0.1:1"])
def test_options_that_conflict_with_watching_are_reported(tmp_path, capsys, other):
    command = ["index", str(tmp_path), "--index", str(tmp_path / "index"), "--watch", other]
    assert cli.main(command, lambda arguments: None) == 1
    name = other.partition("=")[0]
    assert f"footnote: --watch and {name} do not go together;" in capsys.readouterr().err
