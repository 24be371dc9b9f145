"""Questions are answered in turn; a full queue refuses further ones at once."""

import asyncio
import threading

import pytest

from qa.chat.ask import queue as queue_module
from qa.chat.ask.queue import Busy, Client, Disconnected, QuestionQueue, client_of


class Work:
    """Calls that last until `end`; `called` lists them in order."""

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


async def wait_until(queue, *, running, waiting):
    for _ in range(1000):
        if (queue.running, queue.waiting) == (running, waiting):
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{queue.running} run and {queue.waiting} wait")


async def put(queue, work, *names, client=None, waiting=None):
    """Add questions to the queue one after the other."""
    tasks = []
    for name in names:
        tasks.append(asyncio.create_task(queue.run(client or Client(name), work(name))))
        await asyncio.sleep(0)
    return tasks


def test_waiting_questions_are_answered_in_the_order_of_their_arrival():
    async def main():
        queue, work = QuestionQueue(1), Work()
        tasks = await put(queue, work, *"abcd")
        await wait_until(queue, running=1, waiting=3)
        assert [queue.count_ahead(name) for name in "abcdx"] == [0, 0, 1, 2, 0]
        for name in "abcd":
            while name not in work.called:
                await asyncio.sleep(0.005)
            assert work.called[-1] == name
            work.end(name)
        assert await asyncio.gather(*tasks) == list("abcd")
        await wait_until(queue, running=0, waiting=0)

    asyncio.run(main())


def test_the_number_of_concurrent_answers_is_limited():
    async def main():
        queue, work = QuestionQueue(2), Work()
        tasks = await put(queue, work, *"abc")
        await wait_until(queue, running=2, waiting=1)
        while len(work.called) < 2:
            await asyncio.sleep(0.005)
        assert sorted(work.called) == ["a", "b"]
        work.end(*"abc")
        await asyncio.gather(*tasks)

    asyncio.run(main())


def test_a_full_queue_refuses_immediately_and_names_the_retry_time(monkeypatch):
    monkeypatch.setattr(queue_module, "MIN_QUEUE_LENGTH", 3)
    monkeypatch.setattr(queue_module, "TARGET_WAIT", 0.3)

    async def main():
        queue, work = QuestionQueue(1), Work()
        assert queue.capacity() == 3
        tasks = await put(queue, work, *"abcd")
        with pytest.raises(Busy) as refused:
            await queue.run(Client("e"), work("e"))
        assert refused.value.retry_after == 2
        assert str(refused.value) == (
            "The server is busy: 3 questions are waiting. Try again in 2 seconds."
        )
        work.end("a")
        await wait_until(queue, running=1, waiting=2)
        tasks += await put(queue, work, "f")  # One place is free again.
        work.end(*"bcdf")
        assert await asyncio.gather(*tasks) == list("abcdf")
        assert work.called == list("abcdf")

    asyncio.run(main())


def test_one_client_cannot_fill_the_queue_alone(monkeypatch):
    monkeypatch.setattr(queue_module, "MIN_QUEUE_LENGTH", 4)
    monkeypatch.setattr(queue_module, "TARGET_WAIT", 0.4)

    async def main():
        queue, work = QuestionQueue(1), Work()
        tasks = await put(queue, work, *"abcd", client=Client("me"))
        with pytest.raises(Busy, match="You already have 3 questions waiting"):
            await queue.run(Client("me"), work("e"))
        tasks += await put(queue, work, "f", client=Client("you"))
        work.end(*"abcdf")
        await asyncio.gather(*tasks)
        assert work.called == list("abcdf")

    asyncio.run(main())


def test_the_capacity_follows_the_speed_of_answers():
    times = iter([0.0, 20.0])

    async def main():
        queue = QuestionQueue(2, clock=lambda: next(times))
        assert queue.capacity() == 48  # 12 s for two at once at 0.5 s each
        await queue.run(Client(), lambda: None)
        assert queue.recent_seconds == pytest.approx(10.25)  # The first one counts for half.
        assert queue.capacity() == 40  # So many may wait in any case.

    asyncio.run(main())


def test_a_client_that_disconnects_loses_its_place(monkeypatch):
    monkeypatch.setattr(queue_module, "DISCONNECT_CHECK_INTERVAL", 0.01)
    here = True

    async def gone():
        return not here

    async def main():
        nonlocal here
        queue, work = QuestionQueue(1), Work()
        first, left, last = await put(queue, work, "a"), None, None
        left = asyncio.create_task(queue.run(Client("b", gone), work("b")))
        await asyncio.sleep(0)
        last = await put(queue, work, "c")
        await wait_until(queue, running=1, waiting=2)
        here = False
        with pytest.raises(Disconnected):
            await left
        assert (queue.running, queue.waiting) == (1, 1)
        work.end("a", "c")
        await asyncio.gather(*first, *last)
        assert work.called == ["a", "c"]

    asyncio.run(main())


@pytest.mark.parametrize("turn_given", [False, True])
def test_a_cancelled_question_passes_its_slot_on(turn_given):
    async def main():
        queue, work = QuestionQueue(1), Work()
        first, second, third = await put(queue, work, *"abc")
        await wait_until(queue, running=1, waiting=2)
        if turn_given:  # Cancelled between getting its turn and noticing it.
            work.end("a")
            while queue.waiting == 2:
                await asyncio.sleep(0)
        second.cancel()
        work.end("a", "c")
        await asyncio.gather(first, third)
        await wait_until(queue, running=0, waiting=0)
        assert work.called == ["a", "c"]

    asyncio.run(main())


def test_an_error_is_raised_and_frees_the_slot():
    def fail():
        raise ValueError("so it is")

    async def main():
        queue = QuestionQueue(1)
        for _ in range(3):
            with pytest.raises(ValueError, match="so it is"):
                await queue.run(Client(), fail)
        await wait_until(queue, running=0, waiting=0)

    asyncio.run(main())


def test_an_abandoned_thread_occupies_its_slot_until_it_ends():
    async def main():
        queue, work = QuestionQueue(1), Work()
        (first,) = await put(queue, work, "a")
        while not work.called:
            await asyncio.sleep(0.005)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        (second,) = await put(queue, work, "b")
        assert (queue.running, queue.waiting) == (1, 1)
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
def test_a_client_is_a_browser_or_an_address(path, owner, name, waits):
    client = client_of(Request(path, owner))
    assert client.name == name
    assert asyncio.run(client.is_disconnected()) is waits


def test_a_client_without_a_request_has_no_name():
    assert client_of(None) == Client()
