"""The first proposal for LADSPA, of February 2000."""
