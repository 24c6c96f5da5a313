"""Published XML schemas, where the installation has them: a directory of ``<name>.xsd``. The house ships none of them."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from lxml import etree

NOT_VALIDATED = "not validated"


class SchemaBroken(Exception):
    """A file is not what its schema says."""


class Schemas:
    """The schemas under ``root``; none where there is no directory."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def validate(self, name: str, stream: BinaryIO) -> str:
        """Says what ``stream`` was validated against, or ``NOT_VALIDATED`` where the schema is not here: never that it passed.

        Raises ``SchemaBroken`` with the first fault, and for a schema that cannot be read.
        """
        path = None if self._root is None else self._root / f"{name}.xsd"
        if path is None or not path.is_file():
            return NOT_VALIDATED
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, huge_tree=True)
        try:
            schema = etree.XMLSchema(etree.parse(path, parser))
            schema.assertValid(etree.parse(stream, parser))
        except etree.LxmlError as error:
            raise SchemaBroken(f"{name}: {error}") from error
        return f"{path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
