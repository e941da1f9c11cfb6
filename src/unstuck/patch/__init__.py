"""Patches: a cure as an edit of the user's own source."""

from unstuck.patch.write import Patch, apply_patch, write_patch

__all__ = ["Patch", "apply_patch", "write_patch"]
