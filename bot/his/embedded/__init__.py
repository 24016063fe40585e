"""A whole small hospital on its own database: the default behind HisPort and the reference for adapters."""

from bot.his.embedded.hospital import EmbeddedHis

__all__ = ["EmbeddedHis"]
