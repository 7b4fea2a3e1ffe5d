"""Read models of the generic back-office pages, for any manifest: list, search, filter, sort, show, form, history, CSV."""

from kaiteki.kit.backoffice.desk import Desk
from kaiteki.kit.backoffice.shapes import (
    RECORDS_COUNTED_MAX,
    ROWS_PER_PAGE,
    Cell,
    Changed,
    CommandForm,
    HistoryLine,
    Sheet,
    Table,
    TableRow,
)
from kaiteki.kit.backoffice.wording import label

__all__ = [
    "RECORDS_COUNTED_MAX",
    "ROWS_PER_PAGE",
    "Cell",
    "Changed",
    "CommandForm",
    "Desk",
    "HistoryLine",
    "Sheet",
    "Table",
    "TableRow",
    "label",
]
