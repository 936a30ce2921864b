"""R repositories that mean harm: refused with a reason, counted in the run, nothing unsafe served."""

import gzip
import zlib
from collections.abc import Iterator

import httpx
import pytest

from tests.support.cran_packages import RPackage, an_r_package
from tests.support.http_source import Answer, HttpSource, threaded_http_source
from tests.support.mirrored import Mirrored, mirror
from tests.support.stack import Stack

CONTRIB = "/repo/src/contrib"
GOOD = an_r_package("good")
OTHER = an_r_package("other")
SECRET = "/secret"
BOMB_MIB = 520
"""More than any PACKAGES may have."""


@pytest.fixture
def source() -> Iterator[HttpSource]:
    """Return an empty repository that may do what it likes, with something that it may not lead us to."""
    with threaded_http_source() as running:
        running.put(SECRET, b"of another server")
        yield running


@pytest.fixture(name="stack")
def _stack(wary_stack: Stack) -> Stack:
    return wary_stack


def _inside(source: HttpSource) -> str:
    """Return another name of this machine, at which `source` has the operator's own things."""
    return source.url.replace("127.0.0.1", "localhost")


def _offer(source: HttpSource, *packages: RPackage, index: str = "") -> None:
    for package in packages:
        source.put(f"/repo/{package.path}", package.data)
    text = index + "\n".join(_stanza(package) for package in packages)
    source.put(f"{CONTRIB}/PACKAGES", text.encode())


def _stanza(package: RPackage, **changes: str) -> str:
    return "".join(f"{field}: {value}\n" for field, value in {**package.fields, **changes}.items())


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    mebibyte = bytes(1024 * 1024)
    return b"".join([*(packer.compress(mebibyte) for _ in range(BOMB_MIB)), packer.flush()])


def _mirror(stack: Stack, channel: str, source: HttpSource, *, mode: str = "active", state: str) -> Mirrored:
    return mirror(stack, channel, f"{source.url}/repo", type="CRAN", mode=mode, state=state)


def _listed(mirrored: Mirrored) -> frozenset[str]:
    lines = mirrored.get("cran/src/contrib/PACKAGES").text.splitlines()
    return frozenset(line.partition(": ")[2] for line in lines if line.startswith("Package: "))


def _fails(mirrored: Mirrored, path: str) -> bool:
    """Tell whether a client sees an error, or a transfer that is broken off."""
    try:
        return mirrored.get(path).is_error
    except httpx.RemoteProtocolError:
        return True


def _asked(source: HttpSource) -> set[str]:
    return {request.target for request in source.requests}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        Answer(status=302, headers={"Location": f"{CONTRIB}/PACKAGES"}),
        Answer(body=b"Package: x\n" * 10_000, is_endless=True),
        Answer(body=b"<!DOCTYPE html><html>Welcome</html>", headers={"Content-Type": "text/html"}),
        Answer(body=gzip.compress(bytes(8 * 1024 * 1024)), headers={"Content-Encoding": "gzip"}),
        Answer(body=b"Package: ../../evil\nVersion: 1.0\n"),
    ],
    ids=["to-file", "circle", "endless", "web-page", "encoded-bomb", "evil-alone"],
)
def test_a_hostile_index_fails_the_run_and_says_why(
    stack: Stack, source: HttpSource, channel: str, answer: Answer
) -> None:
    """The administrator reads it in the mirror; the channel stays empty."""
    source.put(f"{CONTRIB}/PACKAGES", answer)

    mirrored = _mirror(stack, channel, source, state="failed")

    assert mirrored.show()["sync_state"]["last_exception"]
    assert _listed(mirrored) == frozenset()


def test_an_index_can_not_lead_into_our_networks(stack: Stack, source: HttpSource, channel: str) -> None:
    """What other servers of the operator would answer never comes in."""
    source.put(f"{CONTRIB}/PACKAGES", Answer(status=302, headers={"Location": f"{_inside(source)}{SECRET}"}))

    mirrored = _mirror(stack, channel, source, state="failed")

    assert "TAIN_TRUSTED_HOSTS" in mirrored.show()["sync_state"]["last_exception"]
    assert SECRET not in _asked(source)


def test_a_form_that_can_not_be_read_leaves_the_next_one(stack: Stack, source: HttpSource, channel: str) -> None:
    """A bomb and rubbish cost time, and nothing else."""
    _offer(source, GOOD)
    source.put(f"{CONTRIB}/PACKAGES.gz", _bomb())
    source.put(f"{CONTRIB}/PACKAGES.rds", gzip.compress(b"X\n\0\0\0\2" + b"\xff" * 1000))

    mirrored = _mirror(stack, channel, source, state="completed")

    assert _listed(mirrored) == {"good"}
    assert mirrored.get(GOOD.ckey).content == GOOD.data


def test_records_that_lead_out_are_named_and_left_out(stack: Stack, source: HttpSource, channel: str) -> None:
    """Names, files and folders with dots or slashes are nobody's package."""
    evil = "\n".join(
        [
            _stanza(OTHER, Package="../evil"),
            _stanza(OTHER, Path="../../../etc"),
            _stanza(OTHER, Path="Archive/../../up"),
            _stanza(OTHER, File="../other_1.0.tar.gz"),
            _stanza(OTHER, File="http://169.254.169.254/other_1.0.tar.gz"),
            _stanza(OTHER, Version="1.0/../../2"),
            "",
        ]
    )
    _offer(source, GOOD, index=evil)

    mirrored = _mirror(stack, channel, source, state="completed")

    assert _listed(mirrored) == {"good"}
    assert mirrored.count()["failed"] == 6
    assert all(failure["reason"] for failure in mirrored.show()["sync_state"]["logs"]["failed"])
    assert _asked(source) <= {f"{CONTRIB}/{name}" for name in ("PACKAGES", "PACKAGES.gz", "PACKAGES.rds")} | {
        f"{CONTRIB}/Meta/archive.rds",
        f"/repo/{GOOD.path}",
    }


FILES = {
    "corrupt": Answer(body=bytes(len(OTHER.data))),
    "longer": Answer(body=OTHER.data + b"more"),
    "gone": Answer(status=404),
    "circle": Answer(status=302, headers={"Location": f"/repo/{OTHER.path}"}),
    "to-file": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
    "inside": Answer(status=302, headers={"Location": "to be told"}),
}


@pytest.mark.parametrize("fault", sorted(FILES))
def test_a_hostile_file_is_counted_and_not_listed(stack: Stack, source: HttpSource, channel: str, fault: str) -> None:
    """The rest of the repository is there."""
    _offer(source, GOOD, OTHER)
    _spoil(source, fault)

    mirrored = _mirror(stack, channel, source, state="completed")

    assert _listed(mirrored) == {"good"}
    assert mirrored.count()["failed"] == 1
    (failure,) = mirrored.show()["sync_state"]["logs"]["failed"]
    assert failure["ckey"] == OTHER.ckey
    assert failure["reason"]
    assert mirrored.get(OTHER.ckey).is_error
    assert SECRET not in _asked(source)


@pytest.mark.parametrize("fault", sorted(FILES))
def test_a_hostile_file_is_never_handed_out_whole(stack: Stack, source: HttpSource, channel: str, fault: str) -> None:
    """Also not the second time: nothing of it was stored."""
    _offer(source, GOOD, OTHER)
    _spoil(source, fault)
    mirrored = _mirror(stack, channel, source, mode="passive", state="completed")

    for _ in range(2):
        assert _fails(mirrored, OTHER.ckey)
    assert mirrored.get(GOOD.ckey).content == GOOD.data
    assert SECRET not in _asked(source)


def _spoil(source: HttpSource, fault: str) -> None:
    answer = FILES[fault]
    if fault == "inside":
        answer = Answer(status=302, headers={"Location": f"{_inside(source)}{SECRET}"})
    source.put(f"/repo/{OTHER.path}", answer)
