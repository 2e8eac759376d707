"""What several formats have in common and the engine does not: it knows no format."""
