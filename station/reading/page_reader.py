"""The reader: opened once, it reads one page after the other."""

from __future__ import annotations

from collections.abc import Mapping

from station.domain.image_places import ImagePlace
from station.reading import cover_sheets, forms, learned_places, ruled_pages
from station.reading.detector import Detector
from station.reading.fields import FieldKind, PageReading
from station.reading.forms import FormReading
from station.reading.page_image import PageImage
from station.reading.recogniser import Recogniser
from station.reading.regions import USUAL, Regions

#: A page has so many entries at least to be taken for a ruled one that nobody said to be one.
_ROWS = 3
#: So many labels of a form tell that it stands upright, and so many with nothing beside them that nobody filled it in.
_UPRIGHT, _EMPTY = 2, 2


class PageReader:
    """Both networks, loaded. ``ReaderFailed`` where their weights are missing or damaged."""

    def __init__(self) -> None:
        self._detector, self._recogniser = Detector(), Recogniser()

    def read(
        self, page: PageImage, regions: Regions = USUAL, places: Mapping[FieldKind, ImagePlace] | None = None
    ) -> PageReading:
        """Read a page of whatever kind: by a cover sheet's code, its labels, or its columns.

        Where labels say nothing, at the ``places`` that its ledger taught.
        """
        if cover := cover_sheets.read(page):
            return PageReading(tuple(cover))
        form = self.read_form(page, regions)
        if unread := {kind: place for kind, place in (places or {}).items() if not form.has(kind)}:
            upright = page.turned(180) if form.upside_down else page
            form = form.with_fields(
                learned_places.read(upright, unread, self._detector, self._recogniser, regions.lines)
            )
        if form.fields:
            return form
        ruled = self.read_register(page, regions)
        numbers = sum(field.kind is FieldKind.NUMBER for field in ruled.fields)
        return ruled if numbers >= _ROWS else form

    def read_form(self, page: PageImage, regions: Regions = USUAL) -> PageReading:
        """Read a page of a printed form: title, book and year, number, date, page number."""
        upright = forms.read(page, self._detector, self._recogniser, regions.lines)
        if _known(upright) >= _UPRIGHT:
            return _reading(upright, upside_down=False)
        turned = forms.read(page.turned(180), self._detector, self._recogniser, regions.lines)
        if _known(turned) > _known(upright):
            return _reading(turned, upside_down=True)
        return _reading(upright, upside_down=False)

    def find(
        self, page: PageImage, values: Mapping[FieldKind, str], regions: Regions = USUAL
    ) -> dict[FieldKind, list[ImagePlace]]:
        """Where these values may stand, see :func:`station.reading.learned_places.places_of`."""
        return learned_places.places_of(page, values, self._detector, self._recogniser, regions.lines)

    def read_register(self, page: PageImage, regions: Regions = USUAL) -> PageReading:
        """Read a ruled page: the numbers and days of its entries."""
        return PageReading.sorted_out(ruled_pages.read(page, self._detector, self._recogniser, regions), ruled=True)


def _known(form: FormReading) -> int:
    return form.labels + form.titled


def _reading(form: FormReading, *, upside_down: bool) -> PageReading:
    empty = form.titled and form.empty >= _EMPTY
    return PageReading.sorted_out(form.fields, upside_down=upside_down, empty_form=empty)
