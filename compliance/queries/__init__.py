"""What can be asked of the record: the catalogue, runs and their files, rows of a snapshot."""
