"""LADSPA 1.1."""
