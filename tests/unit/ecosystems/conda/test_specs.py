"""What the specs of a rule match."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.conda.specs import read_spec
from tests.support.conda_records import ECO, JsonObject, a_record, key_of, payload_of


def does_match(spec: str, record: JsonObject, *, subdir: str = "linux-64") -> bool:
    """Ask a single spec about a single file."""
    name = str(record["name"]).lower()
    return ECO.select((spec,), payload_of([record]), partition=subdir, name=name) == {key_of(record)}


PYTHON = a_record("python", "3.8.1", "h1_cpython", build_number=2, license="PSF-2.0", track_features="mkl debug")


@pytest.mark.parametrize(
    "spec",
    [
        "python",
        "Python",
        " python ",
        "py*",
        "PY*n",
        "*",
        "p*t*n",
        "^py.*$",
        "^p(y|z)thon$",
        "^p[yz]thon$",
        "^p[yz]thon$ >=3 *_cpython",
        "python=3.8",
        "python >=3.8,<3.9",
        "python 3.8.* *_cpython",
        "python=3.8.1=h1_cpython",
        "py* >=3",
        "Py* >=3",
        "conda-forge::python",
        "conda-forge/linux-64::python",
        "python[subdir=linux-64]",
        "python[build_number='>1']",
        "python[license=PSF-2.0]",
        f"python[md5={PYTHON['md5']}]",
        f"python[sha256={PYTHON['sha256']}]",
        "python[track_features=mkl]",
        "python[fn=python-3.8.1-h1_cpython.conda]",
    ],
)
def test_a_spec_matches_what_it_means(spec: str) -> None:
    """Every way to say this file; a channel is ignored, for a mirror has one source."""
    assert does_match(spec, PYTHON)


@pytest.mark.parametrize(
    "spec",
    [
        "pytho",
        "ython*",
        "*x*",
        "py*y*n",
        "^ython$",
        "^PY.*$",
        "python 3.8",
        "python >=3.9",
        "python[subdir=noarch]",
        "conda-forge/osx-64::python",
        "python[license=MIT]",
        "python[fn=other-1-0.conda]",
        "python[build_number='>2']",
        "python[track_features=other]",
    ],
)
def test_a_spec_matches_nothing_else(spec: str) -> None:
    """Near misses of the same file."""
    assert not does_match(spec, PYTHON)


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "python >=",
        "f[oo",
        "python[foo=bar]",
        "^py(?=t).*$",
        "^py(?<!t).*$",
        r"^(p)\1$",
        "^p++$",
        "^(?>p)$",
        "^p($",
        "python[build='^(?!x).*$']",
        "python[when='x']",
        "python[extras=[a]]",
        "https://host.example/linux-64/python-3.8-0.conda",
        "python[url=https://host.example/linux-64/python-3.8-0.conda]",
        "x" * 2000,
    ],
)
def test_a_bad_spec_is_named(spec: str) -> None:
    """What can't be parsed, can't be decided, or could take for ever, is refused before any run."""
    with pytest.raises(InvalidInput) as caught:
        read_spec(spec, field="filters.only_specs")

    assert caught.value.field == "filters.only_specs"
    assert repr(spec[:80]) in caught.value.message


def test_a_bare_name_needs_no_record() -> None:
    """The name alone decides, so the shard is not looked into."""
    assert read_spec("demo", field="f") == ("demo", None)
    assert read_spec("Demo*", field="f") == ("demo*", None)
    assert read_spec("other >=1", field="f")[1] is not None


def test_a_record_that_rattler_can_not_hold_matches_by_name_only() -> None:
    """Old channels have versions that are none; they can't be shown to lie in a range."""
    record = a_record("demo", "1!2!3", "0")

    assert not does_match("demo >=0", record)
    assert does_match("demo", record)


def test_track_features_may_be_a_list() -> None:
    """Newer tools write a list where old ones wrote a text."""
    assert does_match("demo[track_features=mkl]", a_record(track_features=["mkl"]))


@given(text=st.text(max_size=20) | st.text(alphabet="^a*[]{}()|\\\"'=<>,. :!?+-/1v_$", max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken_or_refused(text: str) -> None:
    """Nothing that a person writes ends in another error."""
    with suppress(InvalidInput):
        assert read_spec(text, field="f")[0]
