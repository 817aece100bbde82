#!/bin/sh
# install.sh: installs or upgrades the station on this PC from this folder, without network. As root (sudo).
# Everything is checked before anything is touched; a refusal is one sentence and leaves the PC as it was.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

# The system's language is asked of /etc: sudo and LC_ALL hide the person's.
language=${TRAMQUET_LANGUAGE:-$(sed -n 's/^LANG="\{0,1\}\(..\).*/\1/p' /etc/default/locale /etc/locale.conf 2>/dev/null | head -n 1)}
say() { if [ "$language" = en ]; then echo "$1"; else echo "$2"; fi }
refuse() { say "$@" >&2; exit 1; }

[ "$(id -u)" = 0 ] || refuse \
    "Only root can install; nothing was changed. Run: sudo $here/install.sh" \
    "Chỉ quyền root mới cài được; máy chưa có gì thay đổi. Hãy chạy: sudo $here/install.sh"

release=unknown
[ ! -r /etc/os-release ] || release=$(. /etc/os-release && echo "${ID:-unknown}${VERSION_ID:-}")
packages=$here/$release
if [ ! -d "$packages" ]; then
    for_which=$(cd "$here" && echo debian*)
    refuse "This folder has packages for $for_which, and this PC runs $release; nothing was changed." \
        "Thư mục này có gói cho $for_which, còn máy này chạy $release; máy chưa có gì thay đổi."
fi

architecture=$(dpkg --print-architecture)
[ "$architecture" = amd64 ] || refuse \
    "The packages are for 64-bit Intel and AMD processors (amd64), and this system is $architecture; nothing was changed." \
    "Các gói dành cho bộ xử lý Intel và AMD 64 bit (amd64), còn hệ thống này là $architecture; máy chưa có gì thay đổi."

missing=$(cd "$here" && { [ -s SHA256SUMS ] || echo SHA256SUMS; sha256sum --check --quiet SHA256SUMS 2>/dev/null | cut -d: -f1; } | head -n 1)
[ -z "$missing" ] || refuse \
    "The folder is not complete: $missing is missing or damaged; nothing was changed. Copy the whole folder to the stick again." \
    "Thư mục chưa đầy đủ: tệp $missing bị thiếu hoặc hỏng; máy chưa có gì thay đổi. Hãy chép lại toàn bộ thư mục vào USB."

# apt reads the folder as a source, takes what this PC lacks and downgrades nothing. A stick's name may hold spaces.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/parts"
ln -s "$packages" "$work/packages"
echo "deb [trusted=yes] copy:$work/packages ./" > "$work/sources"
chmod -R go+rX "$work"
offline() {
    command=$1
    shift
    "$command" -o Dir::Etc::SourceList="$work/sources" -o Dir::Etc::SourceParts="$work/parts" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o Dir::Cache::archives="$work/archives" -o APT::Sandbox::User=root -o APT::Install-Recommends=true \
        -o APT::Get::List-Cleanup=false "$@"
}
mkdir -p "$work/archives/partial"
offline apt-get -qq update
if ! offline apt-get -qq --simulate --no-remove install tramquet > "$work/plan" 2> "$work/trouble"; then
    why=$(grep -m1 -E '^ |^E:' "$work/trouble" "$work/plan" -h || true)
    refuse "apt cannot install the station on this PC (${why# }); nothing was changed. Mend that first, perhaps with: dpkg --configure -a" \
        "apt không cài được trạm trên máy này (${why# }); máy chưa có gì thay đổi. Hãy xử lý lỗi đó trước, có thể bằng: dpkg --configure -a"
fi

# Room: what is unpacked (both versions of a file lie there for a moment), a copy of the packages, the catalogue's backup.
needed=$(sed -n 's/^Inst \([^ ]*\) .*/\1/p' "$work/plan" | while read -r name; do
    for deb in "$packages/${name}"_*.deb; do
        echo "$(dpkg-deb --field "$deb" Installed-Size) $(stat -c %s "$deb")"
    done
done | awk '{ kib += $1 + $2 / 1024 } END { print int(kib / 1024) + 100 }')
catalogue=$(du -sm /var/lib/tramquet/catalogue.sqlite3 2>/dev/null | cut -f1 || true)
needed=$((needed + ${catalogue:-0}))
for folder in /usr /var; do
    free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$needed" ] || refuse \
        "The disk is too full: $folder has $free MB free, and $needed MB are needed; nothing was changed. Make room, then start again." \
        "Ổ đĩa không đủ chỗ: $folder còn trống $free MB, cần $needed MB; máy chưa có gì thay đổi. Hãy giải phóng dung lượng rồi cài lại."
done

if ! offline apt-get -qq -y --no-remove -o Dpkg::Use-Pty=0 install tramquet > "$work/log" 2>&1; then
    cat "$work/log" >&2
    refuse "The installation was interrupted; the scans are kept. Start install.sh again." \
        "Việc cài đặt bị gián đoạn; các ảnh đã quét vẫn còn nguyên. Hãy chạy lại install.sh."
fi
grep '^tramquet: ' "$work/log" >&2 || true
version=$(dpkg-query -W -f '${Version}' tramquet)
if [ ! -e /etc/tramquet/station.toml ]; then
    say "tramquet $version is installed. Now run: sudo tramquet setup" \
        "Đã cài tramquet $version. Bây giờ hãy chạy: sudo tramquet setup"
elif [ ! -d /run/systemd/system ] || systemctl is-active --quiet tramquet.service \
    || ! systemctl is-enabled --quiet tramquet.service; then
    say "tramquet $version is installed." "Đã cài tramquet $version."
else
    refuse "tramquet $version is installed, but the station does not run; the scans are kept. See: sudo journalctl -u tramquet" \
        "Đã cài tramquet $version nhưng trạm chưa chạy được; các ảnh đã quét vẫn còn nguyên. Xem: sudo journalctl -u tramquet"
fi
