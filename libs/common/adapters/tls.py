"""Which certificates are trusted: the usual ones, and those of the operator's organisation."""

from pathlib import Path
from ssl import SSLContext, SSLError, create_default_context

import certifi

from libs.common.domain.errors import InvalidInput


def tls_context(ca_bundle: Path | None) -> SSLContext:
    """Return what connections are checked by; `ca_bundle` adds to the usual certificates.

    Raises:
        InvalidInput: when the file of extra certificates can't be read.
    """
    context = create_default_context(cafile=certifi.where())
    if ca_bundle is None:
        return context
    try:
        if ca_bundle.is_dir():
            context.load_verify_locations(capath=ca_bundle)
        else:
            context.load_verify_locations(cafile=ca_bundle)
    except (OSError, SSLError) as exc:
        raise InvalidInput(
            "TAIN_CA_BUNDLE must be a readable file of PEM certificates, or a folder of them by hash", field="ca_bundle"
        ) from exc
    return context
