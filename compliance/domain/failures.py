"""Why a report is not written."""


class ReportFailed(Exception):
    """The report cannot be made as it is declared. `code` is stable; `detail` names the column, total or
    limit.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
