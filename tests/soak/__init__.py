"""The soak test: real plugins that are killed again and again, and brought back."""
