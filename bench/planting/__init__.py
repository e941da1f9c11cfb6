"""Programs that are well, faults planted into them, and the control that cures are measured by."""
