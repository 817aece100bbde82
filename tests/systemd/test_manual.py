"""What is read beside the program, as script/package puts it onto the stick and into the package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("read")
    subprocess.run([sys.executable, REPOSITORY / "script/manual.py", folder], check=True, timeout=120)
    return folder


def test_every_link_and_picture_of_the_manual_is_there(made: Path) -> None:
    manual = made / "manual"
    pages = sorted(manual.glob("*.html"))
    assert [page.stem for page in pages] == ["guide", "huong-dan", "index", "ky-thuat", "technician"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r'(?:href|src)="([^"]+)"', text):
            name, _, anchor = target.partition("#")
            linked = manual / name if name else page
            assert linked.exists(), f"{page.name}: {target}"
            assert not anchor or f'id="{anchor}"' in linked.read_text(encoding="utf-8"), f"{page.name}: {target}"
        assert "http" not in re.sub(r"<(pre|code)[^>]*>.*?</\1>", "", text, flags=re.DOTALL), "no network is needed"


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [("technician.md", "ky-thuat.md"), ("guide.md", "huong-dan.md"), ("province.md", "may-chu-tinh.md")],
)
def test_both_languages_say_the_same_in_the_same_order(english: str, vietnamese: str) -> None:
    def shape(name: str) -> list[str]:
        """The levels of its headings, and the first words of the commands in its blocks."""
        lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
        headings = [line.split()[0] for line in lines if line.startswith("#")]
        commands = [" ".join(line.split()[:3]) for line in lines if line.startswith("    sudo ")]
        return headings + [re.sub("/media/(STICK|USB)", "STICK", command) for command in commands]

    assert shape(english) == shape(vietnamese)


@pytest.mark.parametrize(("place", "word"), [("man1", "OPTIONS"), ("vi/man1", "TÙY CHỌN")])
def test_manual_page_names_every_command_in_its_language(made: Path, place: str, word: str) -> None:
    page = (made / "man" / place / "tramquet.1").read_text(encoding="utf-8")
    assert f".SH {word}\n" in page
    assert ".SS tramquet ledger add" in page
    assert "--" not in page, "each dash is escaped, or man shows a hyphen that cannot be copied"
    assert "trial" not in page, "that is between setup and the service"


def test_bash_completes_commands(made: Path) -> None:
    script = f"source {made}/tramquet.bash; COMP_WORDS=(tramquet led); COMP_CWORD=1; _tramquet_completion tramquet"
    path = f"PATH={Path(sys.executable).parent}:/usr/bin:/bin"
    line = ["env", path, "bash", "-c", f'{script}; echo "${{COMPREPLY[@]}}"']
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "ledger", done.stderr
