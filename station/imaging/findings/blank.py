"""Whether a page is blank, or its writing is too pale: overexposed by the scanner (light), or faded on the paper."""

from __future__ import annotations

from station.domain.finding_codes import FindingCode
from station.domain.finding_limits import Limits
from station.imaging.findings import exposure, local_sharpness
from station.imaging.findings.prepared import PreparedPicture


def blank_or_pale(sight: PreparedPicture, limits: Limits) -> tuple[FindingCode, str] | None:
    """The one of BLANK, LIGHT and FADED that the page is, with what was measured (shares, grey levels); else None."""
    level, strength = sight.paper.level, exposure.ink_strength(sight)
    if level > exposure.NEAR_WHITE and exposure.faint_share(sight) > limits.blank and strength < limits.light:
        return FindingCode.LIGHT, f"ink {strength:.0%}, paper {level:.0f} of 255"
    # What takes so little light is no ink by its strength, and no blank page either.
    if strength < limits.faded and local_sharpness.has_faint_writing(sight):
        return FindingCode.FADED, f"ink {strength:.0%}"
    return (FindingCode.BLANK, f"ink {sight.ink_share:.2%}") if sight.ink_share < limits.blank else None
