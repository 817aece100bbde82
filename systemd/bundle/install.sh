#!/bin/sh
# install.sh: installs or upgrades the station on this PC from this folder, without network. As root (sudo).
# Everything is checked before anything is touched; a refusal is one sentence and leaves the PC as it was.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

# script/package puts it in here: one file on the stick.
. "$here/checks.sh"
. "$here/sessions.sh"
must_be_root

release=unknown
[ ! -r /etc/os-release ] || release=$(. /etc/os-release && echo "${ID:-unknown}${VERSION_ID:-}")
packages=$here/$release
if [ ! -d "$packages" ]; then
    for_which=$(cd "$here" && echo debian*)
    refuse "This folder has packages for $for_which, and this PC runs $release; nothing was changed." \
        "Thư mục này có gói cho $for_which, còn máy này chạy $release; máy chưa có gì thay đổi."
fi

must_be_amd64
must_be_complete

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
must_have_room "$needed" /usr /var

await_sessions
# A power cut in the midst of an installation leaves dpkg's own notes, and apt does nothing before they are worked off.
# What that cannot bring to its end lacks files: they come with the rest.
if [ -n "$(ls /var/lib/dpkg/updates)" ]; then
    dpkg --configure -a > "$work/log" 2>&1 || true
fi
if ! offline apt-get -qq -y --no-remove -o Dpkg::Use-Pty=0 install tramquet > "$work/log" 2>&1; then
    interrupted "$work/log"
fi
grep '^tramquet: ' "$work/log" >&2 || true
tell_the_end "$(dpkg-query -W -f '${Version}' tramquet)"
