"""WCLAP: CLAP plugins compiled to WebAssembly, which the C half presents as native ones to ``formats/clap``."""
