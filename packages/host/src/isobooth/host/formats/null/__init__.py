"""The null format: audio and events go through unchanged."""
