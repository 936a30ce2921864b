"""Dependency reports in each form, judged by the formats' own tools."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from libs.common.reporting.as_csv import table_csv
from libs.common.reporting.dependency_report import decode_report, each_file, edges
from libs.common.reporting.forms import FORMS
from libs.common.reporting.spdx_license import spdx_expression
from tests.unit.reporting.reports import PURE, REPORT

APP, LIB2, LIB1 = (line.ckey for line in REPORT.platforms[0].packages[:3])


def written(form: str) -> bytes:
    """Return the report in a form."""
    return FORMS[form].write(REPORT)


def test_json_is_read_back_as_it_was() -> None:
    """It is what is stored; the other forms are made of it."""
    assert decode_report(written("json")) == REPORT


def test_csv_has_a_line_for_each_version_and_platform() -> None:
    """With why something is not there, and what no source has."""
    rows = list(csv.DictReader(io.StringIO(written("csv").decode(), newline="")))

    assert [(row["platform"], row["package" if "package" in row else "name"], row["version"]) for row in rows] == [
        ("linux-64", "app", "1.0"),
        ("linux-64", "lib", "2.0"),
        ("linux-64", "lib", "1.0"),
        ("linux-64", "pure", "1.0"),
        ("linux-64", "gone", ""),
        ("win-64", "pure", "1.0"),
    ]
    assert (rows[0]["direct"], rows[0]["cves"], rows[0]["cve_score"]) == ("true", "CVE-2024-1 CVE-2020-7", "9.8")
    assert (rows[1]["in_channel"], rows[1]["rule"]) == ("none", "licenses")
    assert rows[4]["needed_by"] == "app 1.0"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-x", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """What comes from outside may not run in somebody's spreadsheet."""
    (_, row) = csv.reader(io.StringIO(table_csv(["a", "b"], [[cell, -1]]).decode(), newline=""))

    assert row == [f"'{cell}", "-1"]


def test_cyclonedx_is_valid_and_has_everything() -> None:
    """By the validator of its own library; each file is one component on however many platforms."""
    data = written("cyclonedx").decode()

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(data) is None
    document: Any = json.loads(data)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert [it["bom-ref"] for it in document["components"]] == [APP, LIB2, LIB1, PURE.ckey]
    licenses = {it["bom-ref"]: it.get("licenses") for it in document["components"]}
    assert licenses[LIB1] == [{"expression": "MIT OR Apache-2.0"}]
    assert licenses[PURE.ckey] == [{"license": {"name": "=cmd()"}}]
    needs = {it["ref"]: it.get("dependsOn", []) for it in document["dependencies"]}
    assert needs[APP] == [LIB1, PURE.ckey]
    found = {it["id"]: it for it in document["vulnerabilities"]}
    assert {it["ref"] for it in found["CVE-2024-1"]["affects"]} == {APP, LIB1}
    assert found["CVE-2024-1"]["ratings"][0]["severity"] == "critical"
    assert found["CVE-2020-7"]["analysis"]["state"] == "not_affected"


def test_cyclonedx_is_understood_by_its_own_library() -> None:
    """Not only by its schema: all references lead somewhere."""
    bom = Bom.from_json(json.loads(written("cyclonedx")))  # type: ignore[attr-defined]

    bom.validate()
    assert {str(component.purl) for component in bom.components} >= {
        "pkg:conda/app@1.0?build=0&subdir=linux-64&type=conda"
    }
    assert str(bom.serial_number) in written("cyclonedx").decode()


def test_cyclonedx_of_the_same_report_is_the_same() -> None:
    """Its serial number is the report's."""
    assert written("cyclonedx") == written("cyclonedx")


def test_spdx_is_valid_and_has_everything(tmp_path: Path) -> None:
    """By the reference tools, which read it whole."""
    path = tmp_path / "report.spdx.json"
    path.write_bytes(written("spdx"))

    document = parse_file(str(path))

    assert validate_full_spdx_document(document) == []
    packages = {f"{package.name}{package.version}": package for package in document.packages}
    assert set(packages) == {"What app needsNone", "app1.0", "lib2.0", "lib1.0", "pure1.0"}
    assert str(packages["lib1.0"].license_declared) == "MIT OR Apache-2.0"
    assert packages["pure1.0"].license_comment == "=cmd()"
    by_id = {package.spdx_id: package.name for package in document.packages}
    related = {
        (by_id.get(it.spdx_element_id), it.relationship_type.name, by_id.get(str(it.related_spdx_element_id)))
        for it in document.relationships
    }
    assert related == {
        (None, "DESCRIBES", "What app needs"),
        ("What app needs", "DEPENDS_ON", "app"),
        ("app", "DEPENDS_ON", "lib"),
        ("app", "DEPENDS_ON", "pure"),
    }


def test_an_empty_report_is_valid_in_every_form(tmp_path: Path) -> None:
    """A channel may have nothing of what was asked for."""
    empty = msgspec.structs.replace(REPORT, platforms=())
    path = tmp_path / "empty.spdx.json"
    path.write_bytes(FORMS["spdx"].write(empty))

    assert validate_full_spdx_document(parse_file(str(path))) == []
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(FORMS["cyclonedx"].write(empty).decode()) is None
    assert len(FORMS["csv"].write(empty).splitlines()) == 1


def test_a_file_stands_once_whatever_the_platforms() -> None:
    """Those of noarch are in all of them."""
    assert [line.ckey for line in each_file(REPORT)] == [APP, LIB2, LIB1, PURE.ckey]


def test_an_edge_leads_to_what_can_be_had() -> None:
    """The newest is excluded, so the older one is named."""
    assert edges(REPORT) == {APP: (LIB1, PURE.ckey), LIB2: (), LIB1: (), PURE.ckey: ()}


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("BSD", None),
        ("", None),
        (None, None),
        ("(" * 900, None),
        ("M" * 1001, None),
    ],
)
def test_only_what_is_an_expression_is_written_as_one(text: str | None, expression: str | None) -> None:
    """Real channels have all sorts of texts there."""
    assert spdx_expression(text) == expression
