"""Random flips and shifts of a whole batch at once, on the device that holds it."""

from __future__ import annotations

import torch
from torch import Tensor


def crop_pad(shape: tuple[int, int, int]) -> int:
    """Return the largest shift, in pixels, for images of a shape.

    Args:
        shape: (channels, height, width).

    Returns:
        An eighth of the shorter side, rounded down, but at least 1: 4 for 32x32, 3 for 28x28, 1 for 8x8. A side of one
        pixel gives 0.
    """
    side = min(shape[1:])
    return min(max(1, side // 8), side - 1)


def draw_flip_crop(n: int, pad: int, generator: torch.Generator) -> Tensor:
    """Draw the flips and shifts of n images, such as the images of a whole epoch.

    Args:
        n: Number of images.
        pad: Largest shift, in pixels, >= 0.
        generator: A generator on the CPU.

    Returns:
        (n, 3), int64, on the CPU. Column 0 is 1 if the image is to be mirrored from left to right, else 0. Columns 1
        and 2 are the shifts of the window over the padded image, down and to the right, from -pad to pad pixels. All
        values are drawn independently and uniformly.
    """
    flips = torch.randint(0, 2, (n, 1), generator=generator)
    shifts = torch.randint(-pad, pad + 1, (n, 2), generator=generator)
    return torch.cat((flips, shifts), dim=1)


def apply_flip_crop(x: Tensor, draws: Tensor) -> Tensor:
    """Pad each image by reflection, cut out a window at a random shift, and mirror the window if the random flip is 1.

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
        # Select single pixels: 1.5 ms for 256 images of 3x32x32 on one core; advanced indexing takes 3.9 ms.
        pixels = (image * height + rows)[:, :, None] * width + columns[:, None, :]  # (B, H, W)
        flat = x.permute(0, 2, 3, 1).reshape(-1, channels)
        return flat.index_select(0, pixels.flatten()).view(n, height, width, channels).permute(0, 3, 1, 2)
    # Select whole rows, then pixels within them: 0.7 ms; advanced indexing takes 6 ms.
    plane = image * channels + torch.arange(channels, device=x.device)  # (B, C)
    lines = plane[:, :, None] * height + rows[:, None, :]  # (B, C, H)
    shifted = x.reshape(-1, width).index_select(0, lines.flatten()).view(x.shape)
    return shifted.gather(3, columns[:, None, None, :].expand(x.shape))


def _reflect(index: Tensor, side: int) -> Tensor:
    """Reflect positions outside the image back into it, without repeating the edge."""
    return side - 1 - (side - 1 - index.abs()).abs()
