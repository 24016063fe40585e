"""How money moves: the port that a way of paying fulfils."""
