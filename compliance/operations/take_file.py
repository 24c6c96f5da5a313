"""Give a report file to somebody, on the record."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from compliance.gateways.report_store import CHUNK_BYTES, FileMissing, ReportStore
from compliance.models import ReportFile
from compliance.operations.end_download import end_download
from compliance.operations.record_download import record_download
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


def take_file(*, file: ReportFile, actor: Actor, store: ReportStore, clock: Callable[[], datetime]) -> Iterator[bytes]:
    """The bytes of `file`, in pieces. The attempt is written down before this returns, and its end when the
    reader stops.

    Refuses with FILE_MISSING (410) when the store lost the file; the attempt is on the record all the same.
    """
    download_id = record_download(file=file, actor=actor, at=clock())
    try:
        stream = store.open(file.sha256)
    except FileMissing:
        end_download(download_id=download_id, bytes_sent=0, is_complete=False, at=clock())
        raise Refusal("FILE_MISSING", "The store no longer has this file.", status=410) from None

    def chunks() -> Iterator[bytes]:
        sent = 0
        try:
            with stream:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
                    sent += len(chunk)
        finally:
            _end(download_id, sent, file.byte_size, clock)

    return chunks()


def _end(download_id: UUID, sent: int, size: int, clock: Callable[[], datetime]) -> None:
    end_download(download_id=download_id, bytes_sent=sent, is_complete=sent == size, at=clock())
