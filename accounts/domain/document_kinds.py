"""What a file is by its first bytes, whatever its sender calls it."""

# PDF 32000-1, 7.5.2; ISO/IEC 10918-1 annex B; ISO/IEC 15948 (PNG), 5.2.
_BEGINNINGS = (("PDF", b"%PDF-"), ("JPEG", b"\xff\xd8\xff"), ("PNG", b"\x89PNG\r\n\x1a\n"))


def document_mime(content: bytes) -> str | None:
    """PDF, JPEG or PNG, by the bytes that such a file begins with; ``None`` for everything else."""
    return next((mime for mime, beginning in _BEGINNINGS if content.startswith(beginning)), None)
