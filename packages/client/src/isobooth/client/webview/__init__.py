"""Web views: a plugin's page, served to a browser of this machine and to nobody else. See Plugin.open_web_view."""

from __future__ import annotations

from .view import WebView

__all__ = ["WebView"]
