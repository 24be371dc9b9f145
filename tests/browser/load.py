"""How quick the chat is: python tests/browser/load.py

One person asks in a real browser; then twenty ask at once for a minute while documents are added.
Prints how long answers took, how many there were, and how many failed.
"""

import http.cookiejar
import json
import random
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from conftest import CHROMIUM, FLAGS, ROOT, chat
from playwright.sync_api import sync_playwright

QUESTIONS = (
    "Who hosted the Secretary General in Tokyo?",
    "When did Rutte visit Yokosuka Naval Base?",
    "How much of its GDP does Japan plan to invest?",
    "How do I bake sourdough bread?",
    "What did the Secretary General discuss with Gen Nakatani?",
    "Which companies did he visit?",
)


def ask_all(address, seconds, clients=20):
    """Ask as that many browsers do, each with a conversation of its own, without a pause.

    Returns the seconds that each answer took, and what went wrong.
    """
    end = time.monotonic() + seconds
    took, failed = [], []

    def client(seed):
        choice = random.Random(seed)
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        opener = urllib.request.build_opener(jar)
        opener.open(address, timeout=30).read()
        desk = {"conversation": "", "documents": [], "editing": ""}
        asked = 0
        while time.monotonic() < end and asked < 900:
            question = choice.choice(QUESTIONS)
            body = {"data": [question, desk], "fn_index": 0, "session_hash": f"client{seed}"}
            request = urllib.request.Request(
                f"{address}gradio_api/run/predict",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
            start = time.monotonic()
            try:
                with opener.open(request, timeout=60) as answer:
                    messages, desk = json.load(answer)["data"]
                asked += 1
                shown = messages[-1]["content"][0]["text"]
                if len(messages) != 2 * asked or '<div class="answer' not in shown:
                    failed.append(shown[:200])
            except OSError as error:
                failed.append(repr(error))
            took.append(time.monotonic() - start)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took), failed


def first_words(address, times=30):
    """Ask in a real browser; return the seconds from a key pressed to the words of the answer."""
    took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#question textarea")
        page.evaluate(WATCH)
        for number in range(times):
            page.fill("#question textarea", QUESTIONS[number % len(QUESTIONS)])
            page.press("#question textarea", "Enter")
            page.wait_for_function("(n) => window.took.length > n", arg=number)
        took = page.evaluate("window.took")
        browser.close()
    return sorted(milliseconds / 1000 for milliseconds in took)


WATCH = """() => {
  window.took = [];
  let start = null, before = 0;
  const answers = () => document.querySelectorAll('#conversation .answer').length;
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
    """Send documents to the chat, so that its index is built anew; return how many builds ended."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(jar)
    opener.open(address, timeout=30).read()
    ended = 0
    for number in range(times):
        time.sleep(pause)
        lines = "".join(f"Keeper {number}-{n} counts {n} lamps.\n\n" for n in range(200))
        body = (
            '--x\r\nContent-Disposition: form-data; name="files"; '
            f'filename="keepers {number}.txt"\r\n\r\n{lines}\r\n--x--\r\n'
        )
        request = urllib.request.Request(
            f"{address}footnote/documents",
            body.encode(),
            {"Content-Type": "multipart/form-data; boundary=x"},
        )
        job = json.load(opener.open(request, timeout=60))["job"]
        state = "waiting"
        while state not in ("done", "failed", "cancelled"):
            time.sleep(0.2)
            state = json.load(opener.open(f"{address}footnote/jobs/{job}", timeout=60))["state"]
        ended += state == "done"
    return ended


if __name__ == "__main__":
    import index

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as name:
        index.build([ROOT / "seeds"], index=Path(name, "index"))
        with chat(Path(name, "index")) as address:
            if CHROMIUM:
                took = first_words(address)
                print(
                    f"from a key pressed to the first words: {took[len(took) // 2] * 1e3:.0f} ms "
                    f"at the median, {took[int(len(took) * 0.95)] * 1e3:.0f} ms at the 95th "
                    "percentile",
                    flush=True,
                )
            built = []
            adding = threading.Thread(
                target=lambda: built.append(add_documents(address, 2, seconds / 4))
            )
            adding.start()
            took, failed = ask_all(address, seconds)
            adding.join()
    half, most = took[len(took) // 2], took[int(len(took) * 0.95)]
    print(
        f"20 clients for {seconds:.0f} s: {len(took):,} questions, {len(failed)} failed, "
        f"{half * 1e3:.0f} ms at the median, {most * 1e3:.0f} ms at the 95th percentile; "
        f"the index was built anew {built[0]} times meanwhile"
    )
    print("\n".join(failed[:5]))
