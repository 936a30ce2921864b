"""The version of Tain."""

VERSION = "0.1.0"
