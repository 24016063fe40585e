"""A hospital reached over HTTP under docs/his-api.yaml."""

from bot.his.http.client import HttpHis

__all__ = ["HttpHis"]
