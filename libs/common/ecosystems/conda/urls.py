"""Where files lie: base URLs (CEP 15)."""

from libs.common.ecosystems.urls import resolve


def resolve_base(base_url: str | None, *, subdir: str) -> str | None:
    """Return where a subdir's files lie, relative to the source's root where it can be.

    None where `base_url` can't be a place for files.
    """
    if not base_url:
        return f"{subdir}/"
    resolved = resolve(base_url, within=subdir)
    if resolved is None:
        return None
    place = resolved.partition("?")[0]
    return place if place.endswith("/") or not place else f"{place}/"
