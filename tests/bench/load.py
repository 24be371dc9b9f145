"""Load test of the chat: python tests/bench/load.py [DATA…]

    --minutes 10    how long the clients ask, by default 1
    --clients 20    number of clients

First, questions are asked in a real browser. Then the clients ask concurrently without a pause, in
the chat, over HTTP and over MCP, while documents are added. The questions and documents are the
seed's or those of labelled sets. Prints response times, the number of answers, of failures and of
requests refused as busy, and the server's memory after the first minute and at the end.
"""

import argparse
import http.client
import itertools
import json
import random
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from browsing import CHROMIUM, FLAGS, ROOT, serving
from playwright.sync_api import sync_playwright
from timing import percentile

QUESTIONS = (
    "Who hosted the Secretary General in Tokyo?",
    "When did Rutte visit Yokosuka Naval Base?",
    "How much of its GDP does Japan plan to invest?",
    "How do I bake sourdough bread?",
    "What did the Secretary General discuss with Gen Nakatani?",
    "Which companies did he visit?",
)

QUESTIONS_PER_PAGE = 20
"""Questions after which a client of the chat opens a new page with a new conversation."""

BASELINE_SECONDS = 60
"""Seconds after which the memory serves as the baseline."""

REQUEST_IDS = itertools.count()


@dataclass
class LoadOutcome:
    """Seconds of each answer, errors, refusals as busy, and answers by route."""

    took: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    busy: list = field(default_factory=list)
    by: Counter = field(default_factory=Counter)


class Client:
    """A browser or program with a persistent connection."""

    def __init__(self, address):
        self.place = urllib.parse.urlsplit(address).netloc
        self.cookie = ""
        self.connection = http.client.HTTPConnection(self.place, timeout=120)

    def send(self, path, body=None, **headers):
        """Return the status and body of the response; reconnect if the connection was closed."""
        sent = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json", "Cookie": self.cookie} | headers
        for attempt in (1, 2):
            try:
                self.connection.request("GET" if sent is None else "POST", path, sent, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (ConnectionError, http.client.CannotSendRequest):
                self.connection.close()
                if attempt == 2:
                    raise
        given = answer.headers.get_all("Set-Cookie") or []
        self.cookie = "; ".join(line.partition(";")[0] for line in given) or self.cookie
        return answer.status, text

    def open_page(self):
        self.send("/")
        self.session, self.asked = f"s{next(REQUEST_IDS)}", 0
        self.desk = {"conversation": "", "documents": [], "editing": ""}

    def chat(self, question):
        """Ask in the chat; return "" on success, "busy", or the start of a wrong response."""
        if not self.cookie or self.asked == QUESTIONS_PER_PAGE:
            self.open_page()
        body = {"data": [question, self.desk], "fn_index": 0, "session_hash": self.session}
        status, text = self.send("/gradio_api/run/predict", body)
        if status != 200:
            return text[:200]
        messages, desk = json.loads(text)["data"]
        if failed := desk.get("failed"):
            return "busy" if "Try again in" in failed else failed[:200]
        self.desk, self.asked = desk, self.asked + 1
        shown = messages[-1]["content"][0]["text"]
        right = len(messages) == 2 * self.asked and '<div class="answer' in shown
        return "" if right else shown[:200] or "nothing"

    def http(self, question):
        status, text = self.send("/footnote/ask", {"question": question})
        right = status == 200 and "citations" in json.loads(text)
        return "" if right else "busy" if status == 503 else text[:200]

    def mcp(self, question):
        call = {"name": "ask", "arguments": {"question": question}}
        body = {"jsonrpc": "2.0", "id": next(REQUEST_IDS), "method": "tools/call", "params": call}
        accept = {"Accept": "application/json, text/event-stream"}
        status, text = self.send("/gradio_api/mcp/", body, **accept)
        lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
        found = json.loads(lines[-1])["result"] if status == 200 and lines else {}
        said = "".join(part["text"] for part in found.get("content", ()))
        if found and not found.get("isError"):
            return "" if "citations" in said else said[:200]
        return "busy" if "Try again in" in said else text[:200]


ROUTES = ("chat", "chat", "chat", "http", "mcp")
"""Routes of the clients, by their number."""


def ask_all(address, seconds, clients=20, questions=QUESTIONS):
    """Let `clients` ask without a pause for some seconds and return the outcome."""
    end, outcome = time.monotonic() + seconds, LoadOutcome()

    def ask(number):
        choice, route = random.Random(number), ROUTES[number % len(ROUTES)]
        client = Client(address)
        while time.monotonic() < end:
            start = time.monotonic()
            try:
                wrong = getattr(client, route)(choice.choice(questions))
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                wrong = f"{route}: {error!r}"
            if wrong == "busy":
                outcome.busy.append(route)
                time.sleep(1)
            elif wrong:
                outcome.failed.append(wrong)
            else:
                outcome.took.append(time.monotonic() - start)
                outcome.by[route] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.took.sort()
    return outcome


def resident_memory(process):
    """Return the resident memory of a process in MB; None where it is unknown."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return None
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def watch_memory(process, ended, every=5.0):
    """Return the memory of a process every few seconds until `ended` is set, in MB."""
    found = [resident_memory(process)]
    while not ended.wait(every):
        found.append(resident_memory(process))
    return found


def measure_first_words(address, times=30):
    """Ask in a real browser; return the seconds from Enter to the first words of each answer."""
    took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#question textarea")
        page.evaluate(WATCH_SCRIPT)
        for number in range(times):
            page.fill("#question textarea", QUESTIONS[number % len(QUESTIONS)])
            page.press("#question textarea", "Enter")
            page.wait_for_function("(n) => window.took.length > n", arg=number)
        took = page.evaluate("window.took")
        browser.close()
    return sorted(elapsed / 1000 for elapsed in took)


WATCH_SCRIPT = """() => {
  window.took = [];
  let start = null, before = 0;
  const answers = () => document.querySelectorAll('#conversation div.answer').length;
  addEventListener('keydown', (event) => {
    if (event.key === 'Enter') { start = performance.now(); before = answers(); }
  }, true);
  new MutationObserver(() => {
    if (start !== null && answers() > before) {
      window.took.push(performance.now() - start);
      start = null;
    }
  }).observe(document.querySelector('#conversation'), {childList: true, subtree: true});
}"""


def add_documents(address, times, pause):
    """Upload documents, so that the index is rebuilt; return the number of completed builds."""
    client, ended = Client(address), 0
    client.send("/")
    for number in range(times):
        time.sleep(pause)
        lines = "".join(f"Keeper {number}-{n} counts {n} lamps.\n\n" for n in range(200))
        body = (
            '--x\r\nContent-Disposition: form-data; name="files"; '
            f'filename="keepers {number}.txt"\r\n\r\n{lines}\r\n--x--\r\n'
        )
        form = {"Content-Type": "multipart/form-data; boundary=x", "Cookie": client.cookie}
        client.connection.close()  # The server closes idle connections.
        client.connection.request("POST", "/footnote/documents", body, form)
        job = json.loads(client.connection.getresponse().read())["job"]
        state = "waiting"
        while state not in ("done", "failed", "cancelled"):
            time.sleep(0.2)
            state = json.loads(client.send(f"/footnote/jobs/{job}")[1])["state"]
        ended += state == "done"
    return ended


def make_index(home, sets):
    """Index the seed or the documents of labelled sets, and return questions on them."""
    import index
    from qa.evaluation.labels import index_corpus, read_questions

    if not sets:
        index.build([ROOT / "seeds"], index=home / "index")
        return QUESTIONS
    corpus = home / "corpus.jsonl"
    corpus.write_text("".join((folder / "corpus.jsonl").read_text("utf-8") for folder in sets))
    index_corpus(corpus, home)
    return [question.question for folder in sets for question in read_questions(folder)]


def milliseconds(times, share):
    """Return a percentile of seconds in milliseconds, NaN if there are none."""
    return percentile(times, share) * 1e3 if times else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--builds", type=int, default=2)
    asked = parser.parse_args()
    seconds, built, ended = asked.minutes * 60, [], threading.Event()
    with tempfile.TemporaryDirectory() as name:
        questions = make_index(Path(name), asked.sets)
        with serving(Path(name, "index")) as (address, process):
            if CHROMIUM:
                took = measure_first_words(address)
                print(
                    f"from Enter to the first words: {milliseconds(took, 0.5):.0f} ms at the "
                    f"median, {milliseconds(took, 0.95):.0f} ms at the 95th percentile",
                    flush=True,
                )
            memory = []
            # Builds within the first minute do not count as growth.
            pause = min(seconds, BASELINE_SECONDS) / 4
            tasks = [
                lambda: built.append(add_documents(address, asked.builds, pause)),
                lambda: memory.extend(watch_memory(process, ended)),
            ]
            threads = [threading.Thread(target=task) for task in tasks]
            for thread in threads:
                thread.start()
            outcome = ask_all(address, seconds, asked.clients, questions)
            threads[0].join()
            ended.set()
            threads[1].join()
    took, ways = outcome.took, ", ".join(f"{n:,} by {route}" for route, n in outcome.by.items())
    print(
        f"{asked.clients} clients for {asked.minutes:g} min: {len(took):,} answers ({ways}), "
        f"{len(outcome.failed)} failed, {len(outcome.busy)} refused as busy; "
        f"{milliseconds(took, 0.5):.0f} ms at the median, "
        f"{milliseconds(took, 0.95):.0f} ms at the 95th percentile; "
        f"{built[0]} rebuilds of the index meanwhile"
    )
    print("\n".join(outcome.failed[:5]))
    if memory[0] is not None:
        first, last = memory[min(len(memory) - 1, round(BASELINE_SECONDS / 5))], memory[-1]
        print(
            f"memory: {first:.0f} MB after the first minute, {last:.0f} MB at the end, "
            f"{last / first - 1:+.1%}; a sample a minute: {[round(m) for m in memory[::12]]}"
        )


if __name__ == "__main__":
    main()
