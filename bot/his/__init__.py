"""The hospital information system: one port, several adapters."""
