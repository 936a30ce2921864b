"""PACKAGES.rds: the records of a repository as a character matrix, a column for each field.

Essential reading: `tools:::.write_repository_package_db`, which writes it.
"""

from collections.abc import Iterator, Mapping, Sequence

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.cran.dcf import field_order, fold, is_field
from libs.common.ecosystems.cran.rds_read import RList, RNumbers, RStrings, RValue, read_rds
from libs.common.ecosystems.cran.rds_write import integers, list_of, strings, write_rds

_NEEDED = ("Package", "Version")


def read_matrix(data: bytes) -> Iterator[dict[str, str]]:
    """Read the records, their texts as `dcf.fold` leaves them.

    Raises:
        UnreadableIndex: for a file that has no such matrix.
    """
    value = read_rds(data)
    fields, cells = _columns_of(value)
    rows = len(cells) // len(fields) if fields else 0
    columns = [cells[place * rows : (place + 1) * rows] for place in range(len(fields))]
    return (
        {field: fold(text) for field, text in zip(fields, row, strict=True) if text is not None}
        for row in zip(*columns, strict=True)
    )


def render_matrix(records: Sequence[Mapping[str, str]]) -> bytes:
    """Write records, in R's order of fields; what a record does not have is NA."""
    fields = sorted({*_NEEDED, *(field for record in records for field in record)}, key=field_order)
    cells = [record.get(field) for field in fields for record in records]
    dimnames = list_of([strings([record["Package"] for record in records]), strings(fields)])
    return write_rds(strings(cells, {"dim": integers([len(records), len(fields)]), "dimnames": dimnames}))


def _columns_of(value: RValue) -> tuple[list[str], Sequence[str | None]]:
    if isinstance(value, RStrings):
        dim, names = value.attributes.get("dim"), value.attributes.get("dimnames")
        columns = names.values[1] if isinstance(names, RList) and len(names.values) == 2 else None
        if isinstance(dim, RNumbers) and len(dim.values) == 2 and isinstance(columns, RStrings):
            fields = [field or "" for field in columns.values]
            if dim.values[1] == len(fields) and (dim.values[0] or 0) * len(fields) == len(value.values):
                if all(map(is_field, fields)) and len(set(fields)) == len(fields):
                    return fields, value.values
                raise UnreadableIndex("PACKAGES.rds has a column that is no field of a record")
    raise UnreadableIndex("PACKAGES.rds is not a matrix of texts with a name for each column")
