"""What a source is, as far as its address tells."""

from pathlib import Path

import pytest

from libs.client.guess_type import guess_type


@pytest.mark.parametrize(
    ("source", "type_"),
    [
        pytest.param("https://index.example/simple", "python_simple", id="index"),
        pytest.param("https://index.example/root/pypi/+simple/simple/", "python_simple", id="slash"),
        pytest.param("https://t:x-auth-token@tain.example/api/repo/py/simple", "python_simple", id="tain-python"),
        pytest.param("https://cran.example/", "CRAN", id="host"),
        pytest.param("https://tain.example/api/repo/stats/cran", "CRAN", id="tain-r"),
        pytest.param("https://mirror.example/R/src/contrib/", "CRAN", id="folder-too-far"),
        pytest.param("https://conda.example/simple-things", None, id="only-a-name-like-it"),
        pytest.param("https://tain.example/api/repo/main", None, id="channel"),
        pytest.param("https://scran.example/main", None, id="host-like-it"),
    ],
)
def test_an_address_tells_its_type(source: str, type_: str | None) -> None:
    """Where it does not, the source is taken for a conda channel, or --type says."""
    guess = guess_type(source)

    assert (guess.type if guess else None) == type_


def test_a_folder_tells_by_what_lies_in_it(tmp_path: Path) -> None:
    """As an operator carries it over on a disk."""
    files = ("my r/src/contrib/PACKAGES.gz", "py/index.html", "main/noarch/repodata.json", "main/index.html", "none/x")
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()

    def type_of(folder: str) -> str | None:
        guess = guess_type((tmp_path / folder).as_uri())
        return guess.type if guess else None

    folders = ("my r", "py", "main", "none")
    assert [type_of(folder) for folder in folders] == ["CRAN", "python_simple", None, None]
