"""The manual: one Markdown page for each topic. `lrsearch guide` shows the pages, and the README links to them."""

from lrsearch.guide.pages import PAGES, page_summary, page_text

__all__ = ["PAGES", "page_summary", "page_text"]
