"""Mornings that gates live through."""
