"""What stands in the HTML of a simple index: its metas, its base, its links.

Essential reading: PEP 503; the HTML standard on start tags and `base`.

The standard library's parser takes half a minute for the list of a large index, and on hostile
text much more. This reads in one pass, and agrees with it on all that an index may hold.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

import msgspec

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.pypi.wire import VERSION_META

_LONGEST_TAG = 32 * 1024
_TAG = re.compile(r"""<([a-zA-Z][a-zA-Z0-9:-]*+)([^<>"']*+(?:"[^"]*+"[^<>"']*+|'[^']*+'[^<>"']*+)*+)>""")
_ATTRIBUTE = re.compile(r"""([^\s=>"'/]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""")
_SKIPPED = {"script": "</script", "style": "</style", "textarea": "</textarea", "title": "</title"}
"""Their content is text, whatever it looks like."""
_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_INDEX_TITLE = re.compile(r"links for|index", re.IGNORECASE)
_LONGEST_TITLE = 500
_SERIAL = re.compile(r"SERIAL ([0-9]{1,18})")


class Anchor(NamedTuple):
    """A link: its attributes by lower-case name, and the text up to the next tag."""

    attributes: Mapping[str, str]
    text: str


class HtmlPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page; of several metas of a name the first counts. `serial` is the state of the page, where it says."""

    title: str
    metas: Mapping[str, str]
    base: str | None
    anchors: tuple[Anchor, ...]
    serial: int | None = None

    @property
    def says_index(self) -> bool:
        """Whether it calls itself an index: an empty one is easily taken for a page to log in on, and the reverse."""
        return VERSION_META in self.metas or _INDEX_TITLE.search(self.title) is not None


def read_html(data: bytes, content_type: str | None, *, most_tags: int = 1_000_000) -> HtmlPage:
    """Read a page; any bytes are read.

    Raises:
        UnreadableIndex: for more links and metas than `most_tags`: each takes hundreds of bytes of memory.
    """
    metas: dict[str, str] = {}
    anchors: list[Anchor] = []
    base: str | None = None
    serial: int | None = None
    title = ""
    text = _decoded(data, content_type)
    for tag, attributes, after in _tags(text):
        if len(anchors) + len(metas) > most_tags:
            raise UnreadableIndex(f"the page has more than {most_tags:,} links; no index has that many")
        if tag == "a":
            end = text.find("<", after)
            anchors.append(Anchor(_attributes(attributes), unescape(text[after : end if end >= 0 else None]).strip()))
        elif tag == "meta":
            found = _attributes(attributes)
            metas.setdefault(found.get("name", "").lower(), found.get("content", ""))
        elif tag == "title" and not title:
            title = unescape(text[after : after + _LONGEST_TITLE].partition("<")[0])
        elif tag == "base" and base is None:
            base = _attributes(attributes).get("href")
        elif tag == "!" and (said := _SERIAL.fullmatch(attributes.strip())):
            serial = int(said[1])
    return HtmlPage(title=title, metas=metas, base=base, anchors=tuple(anchors), serial=serial)


def _decoded(data: bytes, content_type: str | None) -> str:
    said = _CHARSET.search(content_type or "")
    for charset in (*((said[1],) if said else ()), "utf-8-sig"):
        try:
            return data.decode(charset)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _tags(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (lower-case tag, what stands in it, where it ends); comments as `!`."""
    at = text.find("<")
    while at >= 0:
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0:
                return
            yield "!", text[at + 4 : end], end + 3
            at = text.find("<", end + 3)
            continue
        found = _TAG.match(text, at, at + _LONGEST_TAG)
        if found is None:
            at = text.find("<", at + 1)
            continue
        tag = found[1].lower()
        yield tag, found[2], found.end()
        after = found.end()
        if tag in _SKIPPED:
            after = _end_of(text, _SKIPPED[tag], after)
        at = text.find("<", after) if after >= 0 else -1


def _end_of(text: str, end: str, after: int) -> int:
    """Return where the content of a tag ends, -1 where it does not."""
    found = re.compile(re.escape(end), re.IGNORECASE).search(text, after)
    return found.end() if found is not None else -1


def _attributes(text: str) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        attributes.setdefault(name.lower(), unescape(double or single or bare))
    return attributes
