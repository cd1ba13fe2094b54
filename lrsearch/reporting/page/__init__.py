"""Writes the report of a run, report.html and the plots, into the folder of the run."""

from __future__ import annotations

from lrsearch.reporting.page.page import notebook_html, render, report_page
from lrsearch.reporting.page.writing import file_name, write_report

__all__ = ["file_name", "notebook_html", "render", "report_page", "write_report"]
