"""LV2: plugins described by data files, with ports of audio, control values and atoms."""
