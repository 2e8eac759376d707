"""VST 2.4: plugins that are one function and a table of numbers."""
