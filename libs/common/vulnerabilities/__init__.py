"""Advisories: OSV records and archives in, CVEs for people and the book for deciding out."""
