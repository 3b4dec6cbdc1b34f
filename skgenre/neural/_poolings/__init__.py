"""Layers that pool a song's windows: one file each, and the table of their names."""
