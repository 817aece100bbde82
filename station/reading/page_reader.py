"""The reader: opened once, it reads one page after the other."""

from __future__ import annotations

from station.reading import forms, ruled_pages
from station.reading.detector import Detector
from station.reading.fields import PageReading
from station.reading.forms import FormReading
from station.reading.page_image import PageImage
from station.reading.recogniser import Recogniser

#: So many labels of a form tell that it stands upright, and so many with nothing beside them that nobody filled it in.
_UPRIGHT, _EMPTY = 2, 2


class PageReader:
    """Both networks, loaded. ``ReaderFailed`` where their weights are missing or damaged."""

    def __init__(self) -> None:
        self._detector, self._recogniser = Detector(), Recogniser()

    def read_form(self, page: PageImage) -> PageReading:
        """Read a page of a printed form: title, book and year, number, date, page number."""
        upright = forms.read(page, self._detector, self._recogniser)
        if _known(upright) >= _UPRIGHT:
            return _reading(upright, upside_down=False)
        turned = forms.read(page.turned(180), self._detector, self._recogniser)
        if _known(turned) > _known(upright):
            return _reading(turned, upside_down=True)
        return _reading(upright, upside_down=False)

    def read_register(self, page: PageImage) -> PageReading:
        """Read a ruled page: the numbers and days of its entries."""
        return PageReading(tuple(ruled_pages.read(page, self._detector, self._recogniser)))


def _known(form: FormReading) -> int:
    return form.labels + form.titled


def _reading(form: FormReading, *, upside_down: bool) -> PageReading:
    return PageReading(form.fields, upside_down, empty_form=form.titled and form.empty >= _EMPTY)
