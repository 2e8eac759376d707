"""The plugin formats, each in a package of its own."""
