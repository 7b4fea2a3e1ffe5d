"""Reads a form with files up to its end: what every edge that takes forms shares. The limits are those of the edge."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser


class WholeForm(MultiPartParser):
    """Reads parts up to the last boundary: a body that breaks off is no form, and leaves no open files behind."""

    is_whole = False

    def on_end(self) -> None:
        """The last boundary was read."""
        self.is_whole = True

    async def parse(self) -> FormData:
        """The form. Raises MultiPartException for what is none."""
        form = await super().parse()
        if not self.is_whole:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("the body breaks off")
        return form
