"""The version of Tain, as it shows itself to sources and people."""

VERSION = "0.1.0"
