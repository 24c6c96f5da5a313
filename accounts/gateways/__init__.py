"""Outside parties of ``accounts``: the database of keys, the store of documents."""
