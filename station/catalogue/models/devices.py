"""Devices of the commune's LAN that may use the page, and the code by which one becomes such a device."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from station.catalogue.models.base import Base


class Device(Base):
    """A paired device; ``token_hash`` is the SHA-256 of the token in its browser, never the token."""

    __tablename__ = "device"
    name: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    paired_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class PairingCode(Base):
    """The one code that is valid now, for a device of that name; ``tries`` counts who entered any code since."""

    __tablename__ = "pairing_code"
    name: Mapped[str]
    code_hash: Mapped[str]
    tries: Mapped[int]
    made_at: Mapped[datetime]
