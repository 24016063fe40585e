"""What Peizhen hands to its connectors: their Protocols, fulfilled by our services. Wired in bot/wiring.py."""
