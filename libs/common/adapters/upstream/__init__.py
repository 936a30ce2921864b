"""Sources over http and https, and below allowed folders by file URLs."""
