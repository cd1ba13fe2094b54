"""Plugins: a user's own Python files that define networks, data sets, optimizers, schedules, losses and metrics.

A file names its functions with decorators (`decorators`); their arguments become keys of a spec (`signatures`).
`loading` runs the files and adds their entries to the catalog, `discovery` finds the files of a command, and `recorded`
says which files a resume may run. This room does not import torch.
"""

from __future__ import annotations

from lrsearch.plugins.calls import PluginError, error_lines, error_place, users_traceback
from lrsearch.plugins.decorators import dataset, loss, metric, model, optimizer, parameter_groups, schedule
from lrsearch.plugins.discovery import find_plugins
from lrsearch.plugins.example import example_plugin
from lrsearch.plugins.loading import Plugin, is_loaded, load_plugins, loaded_places, plugin_name
from lrsearch.plugins.recorded import (
    RecordedPlugin,
    plugin_from_json,
    plugin_to_json,
    plugins_of,
    plugins_to_resume,
    record_plugins,
)

__all__ = [
    "Plugin",
    "PluginError",
    "RecordedPlugin",
    "dataset",
    "error_lines",
    "error_place",
    "example_plugin",
    "find_plugins",
    "is_loaded",
    "load_plugins",
    "loaded_places",
    "loss",
    "metric",
    "model",
    "optimizer",
    "parameter_groups",
    "plugin_from_json",
    "plugin_name",
    "plugin_to_json",
    "plugins_of",
    "plugins_to_resume",
    "record_plugins",
    "schedule",
    "users_traceback",
]
