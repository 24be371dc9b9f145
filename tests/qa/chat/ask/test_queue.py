"""Who asks is answered in turn; beyond what can be answered soon, one is told at once."""

import asyncio
import threading

import pytest

from qa.chat.ask import queue as module
from qa.chat.ask.queue import Asker, Busy, Gone, Line, asker_of


class Work:
    """Calls that last until they are let go, and what was called in its order."""

    def __init__(self):
        self.called, self.gates = [], {}

    def __call__(self, name):
        gate = self.gates.setdefault(name, threading.Event())

        def call():
            self.called.append(name)
            assert gate.wait(10)
            return name

        return call

    def end(self, *names):
        for name in names:
            self.gates[name].set()


async def settled(line, *, running, waiting):
    for _ in range(1000):
        if (line.running, line.waiting) == (running, waiting):
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{line.running} run and {line.waiting} wait")


async def put(line, work, *names, asker=None, waiting=None):
    """Put questions into the line one after the other."""
    tasks = []
    for name in names:
        tasks.append(asyncio.create_task(line.run(asker or Asker(name), work(name))))
        await asyncio.sleep(0)
    return tasks


def test_those_who_wait_are_answered_in_the_order_in_which_they_came():
    async def main():
        line, work = Line(1), Work()
        tasks = await put(line, work, *"abcd")
        await settled(line, running=1, waiting=3)
        assert [line.before(name) for name in "abcdx"] == [0, 0, 1, 2, 0]
        for name in "abcd":
            while name not in work.called:
                await asyncio.sleep(0.005)
            assert work.called[-1] == name
            work.end(name)
        assert await asyncio.gather(*tasks) == list("abcd")
        await settled(line, running=0, waiting=0)

    asyncio.run(main())


def test_no_more_are_answered_at_once_than_may_be():
    async def main():
        line, work = Line(2), Work()
        tasks = await put(line, work, *"abc")
        await settled(line, running=2, waiting=1)
        while len(work.called) < 2:
            await asyncio.sleep(0.005)
        assert sorted(work.called) == ["a", "b"]
        work.end(*"abc")
        await asyncio.gather(*tasks)

    asyncio.run(main())


def test_beyond_the_room_one_is_told_at_once_and_when_to_come_again(monkeypatch):
    monkeypatch.setattr(module, "LEAST", 3)
    monkeypatch.setattr(module, "PATIENCE", 0.3)

    async def main():
        line, work = Line(1), Work()
        assert line.room() == 3
        tasks = await put(line, work, *"abcd")
        with pytest.raises(Busy) as refused:
            await line.run(Asker("e"), work("e"))
        assert refused.value.pause == 1
        assert str(refused.value) == (
            "More is asked than can be answered: 3 questions wait already. Ask again in 1 second."
        )
        work.end("a")
        await settled(line, running=1, waiting=2)
        tasks += await put(line, work, "f")  # There is room again.
        work.end(*"bcdf")
        assert await asyncio.gather(*tasks) == list("abcdf")
        assert work.called == list("abcdf")

    asyncio.run(main())


def test_one_who_asks_cannot_fill_the_line_alone(monkeypatch):
    monkeypatch.setattr(module, "LEAST", 4)
    monkeypatch.setattr(module, "PATIENCE", 0.4)

    async def main():
        line, work = Line(1), Work()
        tasks = await put(line, work, *"abcd", asker=Asker("me"))
        with pytest.raises(Busy, match="3 of your questions wait already"):
            await line.run(Asker("me"), work("e"))
        tasks += await put(line, work, "f", asker=Asker("you"))
        work.end(*"abcdf")
        await asyncio.gather(*tasks)
        assert work.called == list("abcdf")

    asyncio.run(main())


def test_the_line_is_as_long_as_can_be_answered_soon():
    times = iter([0.0, 20.0])

    async def main():
        line = Line(2, clock=lambda: next(times))
        assert line.room() == 240  # 12 s for two at once at 0.1 s each
        await line.run(Asker(), lambda: None)
        assert (
            line.room() == 40
        )  # One took 20 s: a tenth of it counts, but 40 may wait in any case.

    asyncio.run(main())


def test_who_goes_while_waiting_is_not_answered(monkeypatch):
    monkeypatch.setattr(module, "GLANCE", 0.01)
    here = True

    async def gone():
        return not here

    async def main():
        nonlocal here
        line, work = Line(1), Work()
        first, left, last = await put(line, work, "a"), None, None
        left = asyncio.create_task(line.run(Asker("b", gone), work("b")))
        await asyncio.sleep(0)
        last = await put(line, work, "c")
        await settled(line, running=1, waiting=2)
        here = False
        with pytest.raises(Gone):
            await left
        assert (line.running, line.waiting) == (1, 1)
        work.end("a", "c")
        await asyncio.gather(*first, *last)
        assert work.called == ["a", "c"]

    asyncio.run(main())


@pytest.mark.parametrize("told_in_turn", [False, True])
def test_who_is_cancelled_gives_the_place_on(told_in_turn):
    async def main():
        line, work = Line(1), Work()
        first, second, third = await put(line, work, *"abc")
        await settled(line, running=1, waiting=2)
        if told_in_turn:  # It is given its turn and cancelled before it sees that.
            work.end("a")
            while line.waiting == 2:
                await asyncio.sleep(0)
        second.cancel()
        work.end("a", "c")
        await asyncio.gather(first, third)
        await settled(line, running=0, waiting=0)
        assert work.called == ["a", "c"]

    asyncio.run(main())


def test_what_goes_wrong_is_raised_and_frees_the_place():
    def fail():
        raise ValueError("so it is")

    async def main():
        line = Line(1)
        for _ in range(3):
            with pytest.raises(ValueError, match="so it is"):
                await line.run(Asker(), fail)
        await settled(line, running=0, waiting=0)

    asyncio.run(main())


def test_a_thread_that_nobody_waits_for_any_more_counts_until_it_ends():
    async def main():
        line, work = Line(1), Work()
        (first,) = await put(line, work, "a")
        while not work.called:
            await asyncio.sleep(0.005)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        (second,) = await put(line, work, "b")
        assert (line.running, line.waiting) == (1, 1)
        work.end("a", "b")
        assert await second == "b"

    asyncio.run(main())


class Request:
    def __init__(self, path, owner=""):
        self.scope = {"path": path, "client": ("192.0.2.7", 5), "footnote_browser": owner}

    async def is_disconnected(self):
        return True


@pytest.mark.parametrize(
    ("path", "owner", "name", "waits"),
    [
        ("/footnote/ask", "", "192.0.2.7", True),
        ("/qa/gradio_api/run/predict", "ida", "ida", True),
        ("/gradio_api/queue/join", "ida", "ida", False),
        ("/gradio_api/mcp/", "", "192.0.2.7", False),
    ],
)
def test_who_asks_is_a_browser_or_an_address(path, owner, name, waits):
    asker = asker_of(Request(path, owner))
    assert asker.name == name
    assert asyncio.run(asker.gone()) is waits


def test_who_cannot_be_told_has_no_name():
    assert asker_of(None) == Asker()
