"""Advisories act on channels without a run: an import takes a file away, and a person's word brings it back."""

from collections.abc import Callable

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored, mirror
from tests.support.osv import all_zip, an_osv
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]


def take_in(stack: Stack, archive: bytes) -> dict[str, object]:
    """Send an archive, and return the report of its import."""
    answer = stack.api.http.post("/cves/import", content=archive, headers={"Content-Type": "application/zip"})
    assert answer.status_code == 202
    path = f"/system/reports/{answer.json()['report_id']}"
    eventually(lambda: stack.api.http.get(path).status_code == 200, within_s=30, what="the report of the import")
    report: dict[str, object] = stack.api.call("GET", path, expect=200)
    return report


def until_listed(its: Mirrored, *files: str) -> None:
    """Wait until every index form lists these files; between two of them a revision may be published."""

    def is_so() -> bool:
        try:
            return its.listed() == frozenset(files)
        except AssertionError:
            return False

    eventually(is_so, within_s=30, what=f"{files} to be listed")


def test_an_import_acts_without_a_run(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """The vulnerable version goes, its fix stays, and the source is not asked; then a person clears it."""
    bad, good = a_package(channel, "1.0"), a_package(channel, "2.0")
    source = make_source((bad, good))
    its = mirror(stack, channel, source.url)
    rule = {"id": "scores", "action": "require", "where": {"cve_score": {"op": "<=", "value": 7}}}
    stack.api.call("POST", "/policies", {"name": channel, "rules": [rule]}, expect=201)
    stack.api.call("PUT", f"/channels/{channel}/policy", {"policy": channel}, expect=200)
    assert its.listed() == {bad.filename, good.filename}
    stack.settle()
    source.forget()
    number = 1000 + int(channel[-6:], 16)
    cve = f"CVE-2026-{number}"

    report = take_in(stack, all_zip(an_osv(f"GHSA-{channel}", channel, fixed="2.0", aliases=[cve])))
    assert (report["status"], report["error"]) == ("done", None)
    until_listed(its, good.filename)
    assert its.get(bad.path).status_code == 404
    assert its.get(good.path).status_code == 200

    wish = {"status": "Cleared", "package": channel, "note": "not reachable"}
    stack.api.call("PUT", f"/cves/{cve}/status", wish, expect=200)
    until_listed(its, bad.filename, good.filename)
    files = stack.api.call("GET", f"/cves/{cve}/files", expect=200)["items"]
    assert [(file["channel_name"], file["ckey"], file["cve_status"]) for file in files] == [
        (channel, bad.path, "Cleared")
    ]
    listed = stack.api.call("GET", f"/channels/{channel}/cves", expect=200)["items"]
    assert [(one["id"], one["status"], one["file_count"]) for one in listed] == [(cve, "Cleared", 1)]

    stack.settle()
    assert source.counts() == {good.path: 1}
    assert stack.api.call("GET", f"/channels/{channel}/mirrors/{its.mirror_id}/runs", expect=200)["total_count"] == 1
    events = stack.api.call("GET", "/history?limit=200&event_type=cve_updated,cve_update_finished", expect=200)["items"]
    assert {event["event_type"] for event in events} == {"cve_updated", "cve_update_finished"}


def test_what_a_package_says_of_itself_is_known(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Read by a fetcher while it stores the file, and as well when a client's request brings it in."""
    number = 2000 + int(channel[-6:], 16)
    for mode, cve in (("active", f"CVE-2026-{number}"), ("passive", f"CVE-2027-{number}")):
        security = {"vulns_mitigated": [{"id": cve, "comment": "patched"}]}
        package = a_package(f"{channel}-{mode}", security=security)
        its = mirror(stack, f"{channel}-{mode}", make_source((package,)).url, mode=mode)
        assert its.get(package.path).status_code == 200
        stack.settle()
        shown = stack.api.call("GET", f"/cves/{cve}", expect=200)

        assert [(one["status"], one["source"], one["file"], one["note"]) for one in shown["curations"]] == [
            ("Mitigated", "package", package.filename, "patched")
        ]
