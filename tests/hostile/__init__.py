"""The hostile suite: plugins that do what plugins must not do, and what their caller sees of it."""
