"""Real R installs from channels of R packages: active and passive ones, current packages and archived ones."""

import gzip
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.cran_packages import RPackage, an_archived_package, an_r_package
from tests.support.cran_source import CranSource
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored, mirror
from tests.support.python_clients import with_token
from tests.support.r import needs_r
from tests.support.r_client import RFailed, available, quoted, r_install, run_r
from tests.support.stack import Stack

WINDOWS, MACOS = "bin/windows/contrib/4.3", "bin/macosx/big-sur-arm64/contrib/4.3"
ALPHA = an_r_package("alpha", "1.2", Imports="beta (>= 1.0), stats", License="MIT + file LICENSE")
BETA = an_r_package("beta", "1.1", Depends="R (>= 3.5), Gamma")
GAMMA = an_r_package("Gamma", "0.2-1", below="4.2.0/Recommended")
OLD, OLDER = an_archived_package("beta", "1.0"), an_archived_package("beta", "0.9")
GONE = an_archived_package("gone", "3.0")
TOO_NEW = an_r_package("toonew", Depends="R (>= 99.0)")
ON_WINDOWS = an_r_package("alpha", "1.2", folder=WINDOWS)
ON_MACOS = an_r_package("alpha", "1.1", folder=MACOS)
PACKAGES = (ALPHA, BETA, GAMMA, OLDER, OLD, GONE, TOO_NEW, ON_WINDOWS, ON_MACOS)
FOLDERS = {"subdirs": ["src/contrib", WINDOWS, MACOS]}

_OLD_BY_ITS_ADDRESS = """
install.packages("{address}", repos = NULL, type = "source", lib = Sys.getenv("R_LIBS"), quiet = TRUE)
"""
_OLD_BY_REMOTES = """
if (!requireNamespace("remotes", lib.loc = .Library.site, quietly = TRUE)) { cat("no remotes\\n"); quit() }
own <- Sys.getenv("R_LIBS")
remotes::install_version("beta", "1.0", lib = own, upgrade = "never", dependencies = FALSE, quiet = TRUE)
"""
_ARCHIVE = """
archive <- readRDS(gzcon(url(paste0(getOption("repos"), "/src/contrib/Meta/archive.rds"))))
for (name in names(archive)) cat("archived", rownames(archive[[name]]), "\\n")
stopifnot(inherits(archive[["beta"]]$mtime, "POSIXct"))
"""
_DOWNLOAD = 'cat("came", basename(download.packages("alpha", ".", contriburl = {contrib}, type = {type})[, 2]), "\\n")'


@pytest.fixture(scope="module")
def source() -> Iterator[CranSource]:
    """Return a repository that has all that one may have."""
    with closing(CranSource(PACKAGES)) as repository:
        yield repository


@pytest.fixture(scope="module", params=["passive", "active"])
def r(stack: Stack, source: CranSource, request: pytest.FixtureRequest) -> Mirrored:
    """Return a channel that mirrors its sources and some binaries."""
    return mirror(stack, f"r-{request.param}", source.url, type="CRAN", mode=request.param, filters=FOLDERS)


def repository_of(mirrored: Mirrored) -> str:
    """Return the URL that R is given."""
    return f"{mirrored.url}/cran"


def test_every_file_is_mirrored(r: Mirrored) -> None:
    """Current, archived, in folders of their own, and binaries."""
    count = r.count()

    assert count["passive"] + count["active"] == len(PACKAGES)
    answers = {package.ckey: r.get(package.ckey) for package in PACKAGES}
    assert {ckey: answer.status_code for ckey, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert [answer.content for answer in answers.values()] == [package.data for package in PACKAGES]


@needs_r
def test_r_installs_packages_with_what_they_need(r: Mirrored) -> None:
    """By the index alone, also from a folder that `Path:` names."""
    with r_install("alpha", repository=repository_of(r)) as library:
        assert library.versions() == {"alpha": "1.2", "beta": "1.1", "Gamma": "0.2-1"}


@needs_r
def test_r_installs_an_archived_version_by_its_address(r: Mirrored) -> None:
    """As remotes and renv do once they have chosen one."""
    program = _OLD_BY_ITS_ADDRESS.format(address=f"{repository_of(r)}/{OLD.path}")

    with r_install(repository=repository_of(r), program=program) as library:
        assert library.versions() == {"beta": "1.0"}


@needs_r
def test_remotes_finds_an_archived_version(r: Mirrored) -> None:
    """By the list of the archive, and the times in it."""
    with r_install(repository=repository_of(r), program=_OLD_BY_REMOTES) as library:
        if "no remotes" in library.output:
            pytest.skip("there is no R package remotes on this machine")
        assert library.versions() == {"beta": "1.0"}


@needs_r
def test_r_reads_what_the_archive_has(r: Mirrored) -> None:
    """By row names and times, which remotes and pak choose a version by."""
    said = run_r(_ARCHIVE, repository=repository_of(r))

    assert [line.split()[1:] for line in said.splitlines() if line.startswith("archived")] == [
        ["beta/beta_0.9.tar.gz", "beta/beta_1.0.tar.gz"],
        ["gone/gone_3.0.tar.gz"],
    ]


@needs_r
def test_r_leaves_out_what_asks_for_another_r(r: Mirrored) -> None:
    """R's own filters work on our index."""
    assert available(repository_of(r)) == {"alpha": "1.2", "beta": "1.1", "Gamma": "0.2-1"}
    assert available(repository_of(r), filters=())["toonew"] == "1.0"


@needs_r
@pytest.mark.parametrize(
    ("folder", "kind", "package"),
    [
        pytest.param(WINDOWS, "win.binary", ON_WINDOWS, id="windows"),
        pytest.param(MACOS, "mac.binary", ON_MACOS, id="macos"),
    ],
)
def test_r_downloads_binaries_of_other_systems(r: Mirrored, folder: str, kind: str, package: RPackage) -> None:
    """Each from the folder of its system and series of R."""
    contrib = f"{repository_of(r)}/{folder}"

    assert available(repository_of(r), contrib=contrib) == {"alpha": package.version}
    said = run_r(_DOWNLOAD.format(contrib=quoted(contrib), type=quoted(kind)), repository=repository_of(r))
    assert f"came {package.filename}" in said


@needs_r
def test_each_form_of_the_index_says_the_same(r: Mirrored) -> None:
    """R falls back from one to the other without a word, so all must be whole."""
    program = """
    rows <- function(file) { x <- read.dcf(file); x[order(x[, "Package"]), , drop = FALSE] }
    at <- paste0(getOption("repos"), "/src/contrib/PACKAGES")
    download.file(paste0(at, ".rds"), "p.rds", quiet = TRUE, mode = "wb"); rds <- readRDS("p.rds")
    plain <- rows(url(at))
    stopifnot(identical(plain, rows(gzcon(url(paste0(at, ".gz"))))))
    rds <- rds[order(rds[, "Package"]), colnames(plain), drop = FALSE]
    stopifnot(identical(unname(plain), unname(rds)))
    cat("they agree\\n")
    """

    assert "they agree" in run_r(program, repository=repository_of(r))


def test_the_index_keeps_the_fields_of_the_source(r: Mirrored) -> None:
    """Byte for byte, with the digest that R's users may check."""
    text = gzip.decompress(r.get("cran/src/contrib/PACKAGES.gz").content).decode()
    stanzas = dict(stanza.split("\n", 1) for stanza in text.strip().split("\n\n"))

    assert set(stanzas) == {f"Package: {package.name}" for package in (ALPHA, BETA, GAMMA, TOO_NEW)}
    for field, value in ALPHA.fields.items():
        assert field == "Package" or f"{field}: {value}" in stanzas["Package: alpha"]
    assert "Path: 4.2.0/Recommended" in stanzas["Package: Gamma"]


@needs_r
def test_a_private_channel_wants_a_token(stack: Stack, source: CranSource, channel: str) -> None:
    """As user of the address, or in its path; without one R finds nothing."""
    private = mirror(stack, channel, source.url, type="CRAN")
    stack.api.update_channel(channel, privacy="private")

    with pytest.raises(RFailed, match="401"):
        run_r('readLines(paste0(getOption("repos"), "/src/contrib/PACKAGES"))', repository=repository_of(private))
    for address in (
        with_token(repository_of(private), stack.token),
        repository_of(private).replace("/api/repo/", f"/t/{stack.token}/api/repo/"),
        repository_of(private).replace("/api/repo/", f"/api/repo/t/{stack.token}/"),
    ):
        with r_install("beta", repository=address) as library:
            assert library.versions() == {"beta": "1.1", "Gamma": "0.2-1"}


def test_an_unchanged_repository_costs_one_request_a_file(stack: Stack, channel: str) -> None:
    """And what is new upstream comes with the next run."""
    with closing(CranSource((ALPHA, BETA, GAMMA))) as repository:
        mirrored = mirror(stack, channel, repository.url, type="CRAN", filters={"subdirs": ["src/contrib"]})
        repository.forget()
        assert mirrored.run_again() == "completed"
        asked, statuses = repository.counts(), {request.status for request in repository.requests}
        newer = an_r_package("beta", "1.3")
        repository.publish((ALPHA, newer, GAMMA, BETA))
        assert mirrored.run_again() == "completed"
        assert mirrored.get(newer.ckey).content == newer.data

    assert max(asked.values()) == 1
    assert sum(path.startswith("src/contrib/PACKAGES") for path in asked) == 1
    assert statuses <= {304, 404}
    assert "Version: 1.3" in mirrored.get("cran/src/contrib/PACKAGES").text


def test_a_policy_acts_on_r_packages_at_once(stack: Stack, source: CranSource, channel: str) -> None:
    """By license, version and age in the archive; R sees it seconds later, and the source is not asked."""
    mirrored = mirror(stack, channel, source.url, type="CRAN", filters=FOLDERS)
    stack.settle()
    source.forget()
    rules = [
        {"id": "no-mit", "action": "exclude", "ecosystems": ["r"], "where": {"license": {"in": ["MIT"]}}},
        {"id": "not-too-old", "action": "exclude", "ecosystems": ["r"], "where": {"spec": ["beta (< 1.0)"]}},
    ]
    stack.api.call("POST", "/policies", {"name": channel, "rules": rules}, expect=201)
    stack.api.call("PUT", f"/channels/{channel}/policy", {"policy": channel}, expect=200)

    eventually(lambda: "alpha" not in _listed(mirrored), within_s=10, what="the policy to act")
    assert _listed(mirrored) == {"beta", "Gamma", "toonew"}
    assert [mirrored.get(package.ckey).status_code for package in (ALPHA, OLDER, OLD)] == [404, 404, 200]
    assert not [request for request in source.requests if "PACKAGES" in request.path or "Meta" in request.path]


def _listed(mirrored: Mirrored) -> frozenset[str]:
    answer = mirrored.get("cran/src/contrib/PACKAGES").raise_for_status()
    return frozenset(line.partition(": ")[2] for line in answer.text.splitlines() if line.startswith("Package: "))
