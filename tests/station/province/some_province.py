"""A province in the middle of its work: a dozen communes, of which some are done, some late, and one is odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.station.province.received import Received, manifest, report

NAMES = (
    *("An Bình", "Bắc Sơn", "Cẩm Thủy", "Đại Lộc", "Đông Hà", "Gio Linh", "Hải Lăng", "Hướng Hóa", "Khe Sanh"),
    *("Lao Bảo", "Triệu Phong", "<script>alert(1)</script>"),
)
DISTRICTS = ("Huyện Ví Dụ", "Huyện Mẫu", "Thị xã Thử")


def some_province(folder: Path) -> Received:
    """Fill a store with what twelve stations sent until now."""
    received, now = Received(folder), datetime.now(UTC)
    today = now.astimezone().date()
    lines = ["Mã xã;Xã;Huyện cũ;Tỉnh;Số trường hợp;Mã trạm"]
    for index, name in enumerate(NAMES):
        place, station, total = f"{19400 + index}", f"qt-{index + 1:02d}", 400
        lines.append(f"{place};Xã {name};{DISTRICTS[index % 3]};Tỉnh Mẫu;{total};{station}")
        count = min(index * 37 + 5, total)
        for book in range(count // 40 + 1):
            numbers = [str(number) for number in range(book * 40 + 1, min(book * 40 + 41, count + 1))]
            told = manifest(station, place, f"KS.2007.{book + 1:02d}", numbers=numbers or ["1"])
            for entry in told["entries"]:
                entry["date"] = f"2007-{index + 1:02d}-{entry['date'][-2:]}"
            received.package(told, now - timedelta(days=book % 7, hours=1))
        for back in range(1, 6):
            day = today - timedelta(days=back)
            told_day = report(station, day, places={place: {"total": total, "named": count, "today": 30 - back}})
            received.day(told_day, now - timedelta(days=back))
        received.heard(station, received_at=now, waiting=index, free_bytes=(index + 1) * 10**9)
    received.package(manifest("qt-02", "19400", "KS.2007.01"), now)
    reason = {"by": "Nguyễn Thị Hoa", "reason": "tờ 14 và 15 bị dính, chưa tách được; phần còn lại đã quét đủ"}
    received.package(manifest("qt-06", "19405", "KH.2006.01", expected=5, closed=reason), now)
    received.package(manifest("qt-06", "19405", "KH.2008.01", totals="unstated", expected=None), now)
    received.take({"format": 9}, "manifest.json", "qt-03", now)
    received.settings("\n".join(lines) + "\n")
    return received
