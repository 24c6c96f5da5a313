"""What can go wrong with the embedded servers, said to a person."""


class EmbeddedError(RuntimeError):
    """An embedded server cannot do its work here; the text says why and what helps."""
