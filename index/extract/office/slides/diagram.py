"""Read a diagram (SmartArt) as a list of its boxes, in their order and depth."""

from index.extract.office.drawing_text import A, paragraph_text
from index.extract.zip_container import Element

DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"


def diagram_list(data: Element) -> str:
    """Return the boxes of a diagram as a Markdown list; those in no other box come first."""
    boxes = {box.get("modelId", str(at)): box for at, box in enumerate(data.iter(f"{DIAGRAM}pt"))}
    inner: dict[str, list[tuple[int, str]]] = {}
    for link in data.iter(f"{DIAGRAM}cxn"):
        outer, order = link.get("srcId", ""), link.get("srcOrd", "")
        if link.get("type", "parOf") == "parOf" and outer in boxes:
            at = int(order) if order.isdecimal() else 0
            inner.setdefault(outer, []).append((at, link.get("destId", "")))
    roots = [name for name, box in boxes.items() if box.get("type") == "doc"]
    # Boxes that hang on no other, as in a diagram without links, follow as they are stored.
    waiting = [(name, 0) for name in reversed([*roots, *(n for n in boxes if n not in roots)])]
    seen: set[str] = set()
    lines = []
    while waiting:
        name, depth = waiting.pop()
        if name in seen or name not in boxes:
            continue
        seen.add(name)
        if words := _box_text(boxes[name]):
            lines.append(f"{'  ' * min(depth, 8)}- {words}")
        below = depth + 1 if words else depth
        waiting += [(box, below) for _, box in sorted(inner.get(name, []), reverse=True)]
    return "\n".join(lines)


def _box_text(box: Element) -> str:
    return " ".join(words for p in box.iter(f"{A}p") if (words := paragraph_text(p)))
