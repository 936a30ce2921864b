"""What the web app is made of: a folder -> files named by the digest of all, and the page that loads them."""

import gzip
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path

import msgspec

from libs.common.domain.errors import NotFound
from services.api.smaller_files import smaller

_FOLDERS = ("app", "style", "vendor")
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_FIRST = ("app/", "app/ui/", "vendor/")
"""Folders whose modules every page loads; the browser is told of them before it has read any."""
_INLINE = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{inline}'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


class WebAsset(msgspec.Struct, frozen=True, kw_only=True):
    """One file, as it is and as gzip."""

    media_type: str
    data: bytes
    gzipped: bytes


class WebAssets(msgspec.Struct, frozen=True, kw_only=True):
    """All files at one moment by their paths, and the page, with the policy (CSP) that goes with it."""

    digest: str
    files: Mapping[str, WebAsset]
    page: bytes
    content_policy: str

    def get(self, digest: str, path: str) -> WebAsset:
        """Return a file.

        Raises:
            NotFound: for a path that is none, or the digest of other files than these.
        """
        asset = self.files.get(path) if digest == self.digest else None
        if asset is None:
            raise NotFound("the web app has no such file; load the page anew")
        return asset


class WebFolder:
    """The folder of the web app; it is read anew where a file of it has changed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stamp: tuple[tuple[str, int, int], ...] | None = None
        self._assets: WebAssets | None = None

    def now(self) -> WebAssets:
        """Return what is there now. Looks at every file, and reads them where one is not as it was."""
        stamp = self._look()
        if self._assets is None or stamp != self._stamp:
            self._assets, self._stamp = read_assets(self._root), stamp
        return self._assets

    def known(self) -> WebAssets:
        """Return what was there when a page was last asked for."""
        return self._assets or self.now()

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        stats = ((str(path), path.stat()) for path in (self._root / "index.html", *_paths(self._root)))
        return tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def read_assets(root: Path) -> WebAssets:
    """Read the folder. In the page, `{base}` becomes where its files are, and `{preload}` what it loads first.

    `{styles}` becomes the style sheets that it does not name itself.
    """
    files: dict[str, WebAsset] = {}
    page = (root / "index.html").read_text(encoding="utf-8")
    digest = sha256(page.encode())
    for path in _paths(root):
        name = path.relative_to(root).as_posix()
        data = _smaller(path, name)
        digest.update(b"\0".join((name.encode(), str(len(data)).encode(), data)))
        gzipped = gzip.compress(data, mtime=0)
        files[name] = WebAsset(media_type=_MEDIA_TYPES[path.suffix], data=data, gzipped=gzipped)
    name_of_all = digest.hexdigest()[:16]
    base = f"/ui/-/{name_of_all}"
    first = [name for name in files if name.endswith(".js") and name[: name.rindex("/") + 1] in _FIRST]
    preload = "\n".join(f'<link rel="modulepreload" href="{escape(f"{base}/{name}")}">' for name in first)
    named = [name for name in files if name.endswith(".css") and f'"{{base}}/{name}"' not in page]
    styles = "\n".join(f'<link rel="stylesheet" href="{escape(f"{base}/{name}")}">' for name in named)
    page = page.replace("{preload}", preload).replace("{styles}", styles).replace("{base}", base)
    inline = _INLINE.search(page)
    hashed = b64encode(sha256(inline[1].encode() if inline else b"").digest()).decode()
    return WebAssets(
        digest=name_of_all, files=files, page=page.encode(), content_policy=_POLICY.replace("{inline}", hashed)
    )


def _smaller(path: Path, name: str) -> bytes:
    """Read a file without what only people read; what is vendored stays as it was published."""
    data = path.read_bytes()
    return data if name.startswith("vendor/") else smaller(data, _MEDIA_TYPES[path.suffix])


def _paths(root: Path) -> list[Path]:
    return sorted(path for folder in _FOLDERS for path in (root / folder).rglob("*") if path.suffix in _MEDIA_TYPES)
