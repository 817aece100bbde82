"""The seal of a backup: a MAC by the station's key over its manifest, and by the hashes in it over every byte."""

from __future__ import annotations

import hmac
import json
from typing import Any

from station.catalogue.station_key import Key


def seal(content: dict[str, Any], key: Key) -> str:
    """The seal of a manifest."""
    sealed_part = {name: value for name, value in content.items() if name != "seal"}
    return key.seal("backup", json.dumps(sealed_part, sort_keys=True).encode())


def is_proven(content: dict[str, Any], key: Key) -> bool:
    """Whether a manifest bears the seal of this key."""
    return hmac.compare_digest(str(content.get("seal")), seal(content, key))
