"""CLAP 1.2: the core and the extensions that every host needs.

Rules and names are those of free-audio/clap's headers.
"""
