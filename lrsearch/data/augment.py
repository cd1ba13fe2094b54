"""Random flips and shifts of a whole batch at once, on the device that holds it."""

from __future__ import annotations

import torch
from torch import Tensor


def crop_pad(shape: tuple[int, int, int]) -> int:
    """By how many pixels images of a shape are shifted at the most.

    Args:
        shape: (channels, height, width).

    Returns:
        An eighth of the shorter side, at least 1: 4 for 32x32, 3 for 28x28, 1 for 8x8; 0 for a side of one pixel.
    """
    side = min(shape[1:])
    return min(max(1, side // 8), side - 1)


def draw_flip_crop(n: int, pad: int, generator: torch.Generator) -> Tensor:
    """Draw the flips and shifts of n images, for a whole epoch at once.

    Args:
        n: Number of images.
        pad: Largest shift, in pixels, >= 0.
        generator: A generator on the CPU.

    Returns:
        (n, 3), int64, on the CPU: 1 for a flip from left to right, else 0; the shift downwards and the shift to the
        right of the window over the padded image, each from -pad to pad. All independent and uniform.
    """
    flips = torch.randint(0, 2, (n, 1), generator=generator)
    shifts = torch.randint(-pad, pad + 1, (n, 2), generator=generator)
    return torch.cat((flips, shifts), dim=1)


def apply_flip_crop(x: Tensor, draws: Tensor) -> Tensor:
    """Take from each image, padded by reflection, the window that was drawn for it, flipped if so drawn.

    Args:
        x: Images of any type; (B, C, H, W), contiguous or channels-last.
        draws: From `draw_flip_crop`, on the same device; (B, 3). Shifts are smaller than the image.

    Returns:
        A new tensor of the same type, shape and memory format.
    """
    n, channels, height, width = x.shape
    flips, down, right = (column[:, None] for column in draws.unbind(1))  # (B, 1) each
    row = torch.arange(height, device=x.device)
    column = torch.arange(width, device=x.device)
    column = torch.where(flips.bool(), width - 1 - column, column)
    rows = _reflect(row + down, height)  # (B, H)
    columns = _reflect(column + right, width)  # (B, W)
    image = torch.arange(n, device=x.device)[:, None]
    if channels > 1 and x.is_contiguous(memory_format=torch.channels_last):
        # pixel after pixel: 1.5 ms for 256 images of 3x32x32 on one core, advanced indexing 3.9 ms
        pixels = (image * height + rows)[:, :, None] * width + columns[:, None, :]  # (B, H, W)
        flat = x.permute(0, 2, 3, 1).reshape(-1, channels)
        return flat.index_select(0, pixels.flatten()).view(n, height, width, channels).permute(0, 3, 1, 2)
    # whole rows, then within the rows: 0.7 ms, advanced indexing 6 ms
    plane = image * channels + torch.arange(channels, device=x.device)  # (B, C)
    lines = plane[:, :, None] * height + rows[:, None, :]  # (B, C, H)
    shifted = x.reshape(-1, width).index_select(0, lines.flatten()).view(x.shape)
    return shifted.gather(3, columns[:, None, None, :].expand(x.shape))


def _reflect(index: Tensor, side: int) -> Tensor:
    """Fold positions that lie outside back in, the edge itself not repeated."""
    return side - 1 - (side - 1 - index.abs()).abs()
