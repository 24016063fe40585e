"""Long proofs: `make gate-NAME`. The last line says what was found; exit code 0 or 1."""
