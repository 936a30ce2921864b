"""Blob stores: plain files, object storage through obstore, and memory."""
