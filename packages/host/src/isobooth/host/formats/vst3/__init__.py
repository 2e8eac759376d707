"""VST3: audio plugins in bundles, made of a component and a controller (Steinberg's VST 3 interfaces)."""
