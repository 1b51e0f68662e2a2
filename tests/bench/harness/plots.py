"""Plots: what is drawn for docs/bench, and how bars become SVG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from cells import ALL, Cell
from figures import Figures, chief, short
from workers import GROUPS, TOP, Worker, load

FOLDER = TOP / "docs" / "bench"

TITLES = {
    "streaming": "PUSH to PULL over tcp, messages a second: more is better",
    "round-trip": "REQ/REP round trip of 64 B, median in microseconds: less is better",
    "fan-out": "PUB to 8 SUBs over tcp, messages delivered a second: more is better",
    "languages": "PUSH to PULL of 64 B over tcp, messages a second: more is better",
    "languages-round-trip": "REQ/REP round trip of 64 B over tcp, median us: less is better",
}

WIDTH, MARGIN, NAME, VALUE = 720, 16, 128, 72
BAR, STEP, HEAD = 14, 20, 34
#: Colours that hold on white and on black; the text follows what the reader prefers.
STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #444c56 }
.title { font-size: 14px; font-weight: 600 }
.facet { font-weight: 600 }
.name, .value { font-variant-numeric: tabular-nums }
.ours { fill: #e8833a }
.peer { fill: #8b98a9 }
.floor { fill: none; stroke: #8b98a9; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) { text { fill: #c4ccd6 } }"""


@dataclass
class Bar:
    worker: Worker
    value: float

    @property
    def style(self) -> str:
        return "ours" if self.worker.ours else "floor" if self.worker.floor else "peer"


@dataclass
class Facet:
    """Bars under one heading, on a scale of their own, the best on top."""

    title: str
    bars: list[Bar]

    @property
    def height(self) -> int:
        return HEAD + STEP * len(self.bars)


def _facet(results: dict, cell: Cell, group: str, title: str) -> Facet:
    rows: dict[str, Figures] = results["cells"].get(cell.name, {})
    # The floor of a stream is no scale for libraries: it is many times as fast as all of them.
    workers = [
        w for w in load() if w.group == group and w.name in rows and (cell.by_time or not w.floor)
    ]
    bars = [Bar(worker, chief(cell, rows[worker.name])) for worker in workers]
    return Facet(title, sorted(bars, key=lambda bar: bar.value, reverse=not cell.by_time))


def _facets(results: dict) -> dict[str, list[Facet]]:
    def engines(cells: list[Cell]) -> list[Facet]:
        return [_facet(results, cell, "engine", cell.words) for cell in cells]

    def languages(cell: Cell) -> list[Facet]:
        return [
            _facet(results, cell, group, GROUPS[group]) for group in GROUPS if group != "engine"
        ]

    streams = [cell for cell in ALL if cell.pattern == "pushpull" and cell.transport == "tcp"]
    plotted = ("tcp", "ipc", "inproc")
    trips = [cell for cell in ALL if cell.pattern == "reqrep" and cell.size == 64 and cell.transport in plotted]
    fans = [cell for cell in ALL if cell.subscribers == 8]
    return {
        "streaming": engines(streams),
        "round-trip": engines(trips),
        "fan-out": engines(fans),
        "languages": languages(streams[0]),
        "languages-round-trip": languages(trips[0]),
    }


def _text(role: str, x: float, y: float, text: str, **more: str) -> str:
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text class="{role}" x="{x:.0f}" y="{y}"{attributes}>{escape(text)}</text>'


def _draw(title: str, facets: list[Facet]) -> str:
    height = MARGIN * 2 + 24 + sum(facet.height for facet in facets)
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        f"<style>{STYLE}</style>",
        _text("title", MARGIN, MARGIN + 12, title),
    ]
    top = MARGIN + 24
    for facet in facets:
        parts += _draw_facet(facet, top)
        top += facet.height
    return "\n".join([*parts, "</svg>", ""])


def _draw_facet(facet: Facet, top: int) -> list[str]:
    parts = [_text("facet", MARGIN, top + HEAD - 12, facet.title)]
    left, room = MARGIN + NAME, WIDTH - 2 * MARGIN - NAME - VALUE
    greatest = max(bar.value for bar in facet.bars)
    for place, bar in enumerate(facet.bars):
        y = top + HEAD + place * STEP
        base = y + BAR - 3
        length = max(1.5, room * bar.value / greatest)
        size = f'width="{length:.1f}" height="{BAR}" rx="2"'
        parts += [
            _text("name", left - 8, base, bar.worker.name, text_anchor="end"),
            f'<rect class="{bar.style}" x="{left}" y="{y}" {size}/>',
            _text("value", left + length + 6, base, short(bar.value)),
        ]
    return parts


def write(results: dict) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, facets in _facets(results).items():
        drawn = [facet for facet in facets if facet.bars]
        (FOLDER / f"{name}.svg").write_text(_draw(TITLES[name], drawn))
