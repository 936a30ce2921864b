"""What the web app is made of: a folder -> a few files named by the digest of all, and the page that loads them."""

import gzip
import posixpath
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path

import msgspec

from libs.common.domain.errors import NotFound
from services.api.join_modules import join_modules
from services.api.smaller_files import smaller

_FOLDERS = ("app", "style", "vendor")
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_STYLES_FIRST = ("tokens", "base", "layout", "components")
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
    """Read the folder: its modules become one script, its style sheets one, and the rest stays as it is.

    In the page, `{base}` becomes where the files are, and `{preload}` the scripts that it is going to need.

    Raises:
        CannotJoin: where the modules do not fit together.
    """
    sources = {path.relative_to(root).as_posix(): path.read_bytes() for path in _paths(root)}
    scripts = {name: data.decode("utf-8") for name, data in sources.items() if name.startswith("app/")}
    styles = sorted((name for name in sources if name.endswith(".css")), key=_place_of_style)
    whole = {
        "app.js": smaller(join_modules(scripts, "app/main.js").encode(), _MEDIA_TYPES[".js"]),
        "app.css": smaller(b"\n".join(sources[name] for name in styles), _MEDIA_TYPES[".css"]),
        **{name: _lighter(name, data) for name, data in sources.items() if name not in scripts and name not in styles},
    }
    page = (root / "index.html").read_text(encoding="utf-8")
    digest = sha256(page.encode())
    for name, data in whole.items():
        digest.update(b"\0".join((name.encode(), str(len(data)).encode(), data)))
    base = f"/ui/-/{digest.hexdigest()[:16]}"
    preloaded = [name for name in whole if name == "app.js" or name.startswith("vendor/")]
    preload = "\n".join(f'<link rel="modulepreload" href="{escape(f"{base}/{name}")}">' for name in preloaded)
    page = page.replace("{preload}", preload).replace("{base}", base)
    inline = _INLINE.search(page)
    hashed = b64encode(sha256(inline[1].encode() if inline else b"").digest()).decode()
    return WebAssets(
        digest=base.rpartition("/")[2],
        files={name: _asset(name, data) for name, data in whole.items()},
        page=page.encode(),
        content_policy=_POLICY.replace("{inline}", hashed),
    )


def _place_of_style(name: str) -> tuple[int, str]:
    stem = name.removeprefix("style/").removesuffix(".css")
    return (_STYLES_FIRST.index(stem) if stem in _STYLES_FIRST else len(_STYLES_FIRST), stem)


def _lighter(name: str, data: bytes) -> bytes:
    """Make what stands alone smaller; what is vendored stays as it was published."""
    return data if name.startswith("vendor/") else smaller(data, _MEDIA_TYPES[posixpath.splitext(name)[1]])


def _asset(name: str, data: bytes) -> WebAsset:
    return WebAsset(
        media_type=_MEDIA_TYPES[posixpath.splitext(name)[1]], data=data, gzipped=gzip.compress(data, mtime=0)
    )


def _paths(root: Path) -> list[Path]:
    return sorted(path for folder in _FOLDERS for path in (root / folder).rglob("*") if path.suffix in _MEDIA_TYPES)
