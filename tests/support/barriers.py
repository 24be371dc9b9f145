"""Checks of a page with axe-core, for the tests that drive it."""

from axe_playwright_python.sync_playwright import Axe


def check_barriers(page):
    """Fail on every barrier that axe-core finds, and where the page scrolls sideways."""
    barriers = [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {node['html'][:200]} "
        f"{node['failureSummary'][:400]}"
        for fault in Axe().run(page).response["violations"]
        for node in fault["nodes"]
    ]
    assert barriers == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
