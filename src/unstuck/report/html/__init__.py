"""The verdict as a page: one file, with its drawings in it, that needs no network."""
