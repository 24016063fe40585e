"""The contract asked from outside, of any hospital at an address."""
