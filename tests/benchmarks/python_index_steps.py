"""One side of it, in a process of its own.

Run as `python -m tests.benchmarks.python_index_steps tain|plain PROJECTS`.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from itertools import islice, product
from typing import TypeVar

from libs.common.ecosystems.protocol import IndexForm, ShardedIndex, ShardRef, Told
from libs.common.ecosystems.pypi.ecosystem import PythonEcosystem
from libs.common.ecosystems.pypi.records import PARTITION
from libs.common.ecosystems.served import PagePath
from tests.benchmarks.measure import Stopwatch
from tests.benchmarks.python_index import BENCHMARK

FILES = 5000
A_PAGE = (FILES, "files")
NAME = "demo"
JSON, HTML = Told(content_type="application/vnd.pypi.simple.v1+json"), Told(content_type="text/html")
ECO = PythonEcosystem()

T = TypeVar("T")

_PLATFORMS = ("manylinux_2_17_x86_64.manylinux2014_x86_64", "win_amd64", "macosx_11_0_arm64", "musllinux_1_2_x86_64")


class Collected:
    """A rendered file in memory."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.pieces.append(data)


class Links(HTMLParser):
    """The plain side's reader of HTML: the attributes of every link."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Mapping[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links."""
        if tag == "a":
            self.found.append(dict(attrs))


def main(who: str, projects: int) -> None:
    """Measure one of the two."""
    page = json.dumps({"meta": {"api-version": "1.4"}, "name": NAME, "files": list(islice(files(), FILES))}).encode()
    names = [f"project-{number:x}" for number in range(projects)]
    rows = [{"name": name, "_last-serial": number} for number, name in enumerate(names)]
    listed = json.dumps({"meta": {"api-version": "1.4"}, "projects": rows}).encode()
    if who == "tain":
        by_tain(page, listed, Stopwatch(BENCHMARK, who="Tain"))
    else:
        by_parsers(page, listed, Stopwatch(BENCHMARK, who="json and html.parser, parsing alone"))


def by_tain(page: bytes, listed: bytes, watch: Stopwatch) -> None:
    """Read, render, and read what was rendered."""
    payload = step(watch, "read a JSON page", page, A_PAGE, lambda data: read_page(data, JSON))
    step(watch, "render it as JSON", payload, A_PAGE, lambda data: render_page(data, "json"))
    html = step(watch, "render it as HTML", payload, A_PAGE, lambda data: render_page(data, "html"))
    step(watch, "read the HTML page", html, A_PAGE, lambda data: read_page(data, HTML))
    index = read_list(listed, JSON)
    of_list = (len(index.refs), "projects")
    step(watch, "read a JSON list", listed, of_list, lambda data: read_list(data, JSON))
    lists = step(watch, "render both lists", b"", of_list, lambda _: render_list(index.refs, payload[:500]))
    step(
        watch,
        "read the HTML list",
        lists[f"{PARTITION}/index.html"],
        of_list,
        lambda data: read_list(data, HTML),
    )
    watch.print()


def by_parsers(page: bytes, listed: bytes, watch: Stopwatch) -> None:
    """Parse the same bytes."""
    html = render_page(read_page(page, JSON), "html")
    refs = read_list(listed, JSON).refs
    lists = render_list(refs, b"")
    of_list = (len(refs), "projects")
    step(watch, "read a JSON page", page, A_PAGE, json.loads)
    step(watch, "read the HTML page", html, A_PAGE, parse_html)
    step(watch, "read a JSON list", listed, of_list, json.loads)
    step(watch, "read the HTML list", lists[f"{PARTITION}/index.html"], of_list, parse_html)
    watch.print()


def step(watch: Stopwatch, name: str, data: bytes, what: tuple[int, str], do: Callable[[bytes], T]) -> T:
    """Time one step on data; `what` is how many of what there are in it."""
    with watch.step(name, items=what[0], unit=what[1], size_bytes=len(data)):
        return do(data)


def read_page(data: bytes, told: Told) -> bytes:
    """Return the shard of a page, all of whose files are good."""
    shard = ECO.read_shard(
        data, ref=ShardRef(name=NAME, tag=None, url=""), partition=PARTITION, side_files={}, told=told
    )
    if shard.problems:
        raise ValueError(shard.problems[0].reason)
    return shard.payload


def render_page(payload: bytes, form: str) -> bytes:
    """Return the page in one form."""
    page = PagePath(partition=PARTITION, name=NAME, form=form, content_type="")
    return ECO.render_page(page, payload, extracted={}, texts={}) or b""


def read_list(data: bytes, told: Told) -> ShardedIndex:
    """Return the projects of a list."""
    form: IndexForm = ECO.index_forms(PARTITION)[0]
    return ECO.read_index(data, form=form, partition=PARTITION, side_files={}, told=told)


def render_list(refs: Sequence[ShardRef], payload: bytes) -> Mapping[str, bytes]:
    """Return the list in both forms."""
    sinks = {path: Collected() for path in ECO.partition_files(PARTITION)}
    writer = ECO.write_partition(PARTITION, sinks=sinks)
    for ref in refs:
        writer.add(ref.name, payload, rendered_sha256=None)
    writer.finish()
    return {path: b"".join(sink.pieces) for path, sink in sinks.items()}


def parse_html(data: bytes) -> int:
    """Return how many links there are."""
    links = Links()
    links.feed(data.decode())
    links.close()
    return len(links.found)


def files() -> Iterator[Mapping[str, object]]:
    """Yield records as a large index has them."""
    places = product(range(40), range(40), range(8, 15), _PLATFORMS)
    for number, (major, minor, python, platform) in enumerate(places):
        filename = f"{NAME}-{major}.{minor}-cp3{python}-cp3{python}-{platform}.whl"
        sha256 = f"{number:064x}"
        yield {
            "filename": filename,
            "url": f"https://files.example/packages/{sha256[-2:]}/{sha256[:60]}/{filename}",
            "hashes": {"sha256": sha256},
            "size": 1000 + number,
            "upload-time": "2024-01-01T00:00:00.123456Z",
            "requires-python": ">=3.8",
            "yanked": False,
            "core-metadata": {"sha256": sha256},
            "data-dist-info-metadata": {"sha256": sha256},
            "provenance": f"https://index.example/integrity/{NAME}/{major}.{minor}/{filename}/provenance",
        }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
