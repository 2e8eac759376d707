"""Web views: the protocol and its locks with a client of our own, and real pages in a real browser."""
