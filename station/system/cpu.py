"""Whether the processor is new enough: the wheels of numpy and OpenCV are built for x86-64-v2, and fast with AVX2."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path

#: What x86-64-v2 asks of a processor beyond the first ones with 64 bits, in the kernel's words (pni is SSE3).
X86_64_V2 = frozenset({"cx16", "lahf_lm", "pni", "popcnt", "sse4_1", "sse4_2", "ssse3"})
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Processor:
    """Its name, what it lacks, and whether it has AVX2; on anything but x86-64 nothing is asked."""

    model: str
    lacks: tuple[str, ...]
    has_avx2: bool = True


def this_processor() -> Processor:
    """The processor of this PC."""
    text = _CPUINFO.read_text(encoding="utf-8", errors="replace")
    name = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    flags = re.search(r"^flags\s*: (.+)$", text, re.MULTILINE)
    model = name[1] if name else platform.machine()
    if platform.machine() != "x86_64":
        return Processor(model, ())
    known = set(flags[1].split() if flags else ())
    return Processor(model, tuple(sorted(X86_64_V2 - known)), has_avx2="avx2" in known)
