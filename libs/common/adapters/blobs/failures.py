"""What a failing disk means, in a sentence for the person who runs Tain."""

import errno

from libs.common.domain.errors import StoreUnavailable

_SENTENCES = {
    errno.ENOSPC: "the blob store's disk is full; free space, and the work goes on by itself",
    errno.EDQUOT: "the blob store's disk quota is used up; raise it, and the work goes on by itself",
    errno.EFBIG: "the blob store may not write files that large; raise this service's limit of file sizes (ulimit -f)",
    errno.EACCES: "the blob store's folder is not writable; give this service's user the right to write there",
    errno.EPERM: "the blob store's folder is not writable; give this service's user the right to write there",
    errno.EROFS: "the blob store's disk is mounted read-only; mount it writable",
    errno.EMFILE: "too many files are open; raise this service's limit of open files",
    errno.ENFILE: "too many files are open; raise this machine's limit of open files",
}


def store_failure(error: OSError) -> StoreUnavailable:
    """Translate an error of the file system."""
    sentence = _SENTENCES.get(error.errno or 0)
    return StoreUnavailable(sentence or f"the blob store's disk fails: {error.strerror or type(error).__name__}")
