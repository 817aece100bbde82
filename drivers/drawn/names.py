"""Invented people, villages and events, written the way a commune's clerk writes them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

COMMUNE, DISTRICT, PROVINCE = "Xã Thử Nghiệm", "Huyện Ví Dụ", "Tỉnh Mẫu"

SURNAMES = "Nguyễn Trần Lê Phạm Hoàng Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trương Đinh Cao Mai Phùng"
MALE_MIDDLE = "Văn Đức Hữu Quang Minh Đình Công Xuân Thế Ngọc"
FEMALE_MIDDLE = "Thị Ngọc Thu Mỹ Kim Thanh Bích Hoài Phương Diệu"
MALE_GIVEN = "Hùng Dũng Cường Thắng Tuấn Sơn Hải Long Khánh Lộc Phước Thịnh Bảo Kiệt Vỹ Toản Quyết Hưởng Nghĩa Tiến"
FEMALE_GIVEN = "Hoa Lan Huệ Hồng Hạnh Yến Thảo Trâm Nhung Bưởi Quỳnh Thủy Nguyệt Oanh Xuyến Mận Vy Hằng Lựu Diễm"
VILLAGES = (
    *("Thôn Suối Mơ", "Thôn Đồi Gió", "Thôn Bến Đợi", "Thôn Ruộng Bậc", "Thôn Cầu Mới"),
    *("Thôn Giếng Ngọc", "Thôn Nắng Sớm", "Thôn Cỏ Thơm", "Xóm Lưới", "Ấp Trăng Tỏ"),
)
ETHNICITIES = ("Kinh", "Kinh", "Kinh", "Kinh", "Bru - Vân Kiều", "Tà Ôi", "Mường")
BIRTHPLACES = ("Trạm Y tế xã Thử Nghiệm", "Bệnh viện huyện Ví Dụ", "Tại nhà, {home}")
CAUSES = ("Tuổi già", "Bệnh già yếu", "Bệnh tim", "Tai biến mạch máu não", "Bệnh phổi", "Tai nạn giao thông")


@dataclass(frozen=True)
class InventedPerson:
    """An invented person."""

    name: str
    male: bool
    born: date
    village: str
    ethnicity: str

    @property
    def gender(self) -> str:
        """The word that stands in the ledger."""
        return "Nam" if self.male else "Nữ"

    @property
    def home(self) -> str:
        """Where the person lives, down to the commune."""
        return f"{self.village}, {inside(COMMUNE)}"


def inside(place: str) -> str:
    """A place's name within a sentence: "Thôn Suối Mơ" is "thôn Suối Mơ"."""
    return place[0].lower() + place[1:]


def person(
    rng: random.Random,
    on: date,
    *,
    male: bool,
    age: tuple[int, int],
    surname: str | None = None,
    village: str | None = None,
) -> InventedPerson:
    """Invent a person who is between ``age[0]`` and ``age[1]`` years old on the day ``on``."""
    middle, given = (MALE_MIDDLE, MALE_GIVEN) if male else (FEMALE_MIDDLE, FEMALE_GIVEN)
    name = " ".join((surname or rng.choice(SURNAMES.split()), rng.choice(middle.split()), rng.choice(given.split())))
    born = on - timedelta(days=rng.randint(age[0] * 365, age[1] * 365 + 300))
    return InventedPerson(name, male, born, village or rng.choice(VILLAGES), rng.choice(ETHNICITIES))
