"""What tells whether denormal numbers are flushed."""

import torch


def halve_the_smallest():
    """Divide the smallest normal number of float32 by 2."""
    return (torch.tensor([torch.finfo(torch.float32).tiny]) / 2).item()
