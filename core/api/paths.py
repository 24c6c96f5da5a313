"""Path parts: what is no reference names nothing, and never reaches a query."""

from django.urls import register_converter


class RefConverter:
    """1 to 64 of ``A-Z a-z 0-9 . _ : -``."""

    regex = r"[A-Za-z0-9._:-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class FileNameConverter:
    """1 to 128 of ``A-Z a-z 0-9 . _ -``: the names that we give files."""

    regex = r"[A-Za-z0-9._-]{1,128}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class SideConverter:
    """BUY or SELL."""

    regex = "BUY|SELL"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RefConverter, "ref")
register_converter(FileNameConverter, "file")
register_converter(SideConverter, "side")
