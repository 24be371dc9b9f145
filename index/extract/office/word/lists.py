"""Give the lists that mammoth makes of a Word document the numbers that Word shows."""

from typing import TYPE_CHECKING

from index.extract.office.word.numbering import NUMBER_BOOKMARK

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


def place_numbers(soup: "BeautifulSoup") -> None:
    """Start a new list wherever the number of an item does not continue the list.

    A list that begins at a deeper level gets no items above it, and a numbered paragraph that
    mammoth made no item of a numbered list gets its number as text.
    """
    numbers: dict[int, int] = {}
    lists: dict[int, Tag] = {}
    for bookmark in soup.find_all("a", id=True):
        if not str(bookmark["id"]).startswith(NUMBER_BOOKMARK):
            continue
        number = int(str(bookmark["id"]).removeprefix(NUMBER_BOOKMARK))
        item = bookmark.find_parent(["li", "td", "th"])
        items = item.parent if item is not None and item.name == "li" else None
        if item is None or items is None or items.name != "ol" or id(item) in numbers:
            bookmark.replace_with(f"{number}. ")
            continue
        numbers[id(item)] = number
        lists[id(items)] = items
        bookmark.decompose()
    for items in lists.values():
        _split_list(soup, items, numbers)
    for item in soup.find_all("li"):
        inner = item.find_all(["ul", "ol"], recursive=False)
        if inner and item.parent is not None and not _own_words(item):
            item.parent.insert_before(*(items.extract() for items in inner))
            item.decompose()


def _own_words(item: "Tag") -> str:
    """Return what an item holds beside the lists within it."""
    return "".join(
        part.get_text().strip()
        for part in item.children
        if getattr(part, "name", None) not in ("ul", "ol")
    )


def _split_list(soup: "BeautifulSoup", items: "Tag", numbers: dict[int, int]) -> None:
    current, expected, is_empty = items, 1, True
    for item in items.find_all("li", recursive=False):
        number = numbers.get(id(item), expected)
        if number != expected:
            if not is_empty:
                following = soup.new_tag("ol")
                current.insert_after(following)
                current = following
            current["start"] = str(number)
        if current is not items:
            current.append(item.extract())
        expected, is_empty = number + 1, False
