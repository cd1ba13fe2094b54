"""Chooses what depends on the machine: device, precision, plan and memory layout. Estimates the memory for training."""

from __future__ import annotations

from lrsearch.training.machine.allocator import keep_freed_memory
from lrsearch.training.machine.device import choose_device, choose_precision
from lrsearch.training.machine.memory import STACK_EVAL_IMAGES, Needs, estimate_needs, eval_batch
from lrsearch.training.machine.onednn_layout import blocked_forward, may_block
from lrsearch.training.machine.plan import Traits, built_in_traits, choose_plan

__all__ = [
    "STACK_EVAL_IMAGES",
    "Needs",
    "Traits",
    "blocked_forward",
    "built_in_traits",
    "choose_device",
    "choose_plan",
    "choose_precision",
    "estimate_needs",
    "eval_batch",
    "keep_freed_memory",
    "may_block",
]
