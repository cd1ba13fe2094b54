"""The manual: one page of Markdown for each topic. `lrsearch guide` shows them, and the README links them."""

from lrsearch.guide.pages import PAGES, page_summary, page_text

__all__ = ["PAGES", "page_summary", "page_text"]
