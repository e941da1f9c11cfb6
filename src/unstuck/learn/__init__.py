"""Networks that compute a function: what to compute, what computes it, and the proof."""
