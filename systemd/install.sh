#!/bin/sh
# install.sh: installs or upgrades the station in /opt/tramquet, where no Debian package fits (Ubuntu and others), from
# this folder and without network. As root (sudo). Everything is checked before anything is touched.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# script/package puts it in here: one file on the stick.
. "$here/checks.sh"
. "$here/sessions.sh"
must_be_root
must_be_amd64

if [ -e /var/lib/dpkg/info/tramquet.postinst ]; then
    refuse "The station's Debian package is on this PC; nothing was changed. Upgrade with the folder for Debian instead." \
        "Máy này đang dùng gói Debian của trạm; máy chưa có gì thay đổi. Hãy nâng cấp bằng thư mục dành cho Debian."
fi
python=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])' 2>/dev/null || echo none)
for_which=$(cd "$here" && echo python*)
[ -d "$here/$python" ] || refuse \
    "This folder is for $for_which, and this PC has $python; nothing was changed. Make it for that one: script/package --wheelhouse" \
    "Thư mục này dành cho $for_which, còn máy này có $python; máy chưa có gì thay đổi. Hãy tạo lại cho đúng bản: script/package --wheelhouse"
must_be_complete

# What comes from the system's own packages; the names are Debian's and Ubuntu's.
lacking=
lacks() { lacking="$lacking $1"; }
command -v systemctl > /dev/null && command -v systemd-sysusers > /dev/null || lacks systemd
python3 -c 'import venv' 2>/dev/null || lacks python3-venv
ldconfig -p | grep -q 'libsane\.so\.1' || lacks libsane1
command -v scanimage > /dev/null || lacks sane-utils
if ! ls "$here/$python"/python_sane-*.whl > /dev/null 2>&1; then
    # It comes as source and is built here.
    command -v gcc > /dev/null || lacks gcc
    [ -e /usr/include/sane/sane.h ] || lacks libsane-dev
    [ -e "/usr/include/$python/Python.h" ] || lacks "$python-dev"
fi
[ -z "$lacking" ] || refuse \
    "The system lacks:$lacking; nothing was changed. Install that first, for example: sudo apt install$lacking" \
    "Hệ thống còn thiếu:$lacking; máy chưa có gì thay đổi. Hãy cài trước, ví dụ: sudo apt install$lacking"
must_have_room $(($(du -sm "$here/$python" | cut -f1) * 4 + 100)) /opt /var

# Each version lies in a folder of its own, and a link names the one that counts: a power cut leaves one of the two.
wheel=$(cd "$here" && ls tramquet-*.whl)
version=$(echo "$wheel" | cut -d- -f2)
home=/opt/tramquet/$version-$(sha256sum "$here/SHA256SUMS" | cut -c1-8)
before=$(readlink /opt/tramquet/current || true)
# What tells the first installation from an upgrade, also when it is the second try.
first=/opt/tramquet/first
log=$(mktemp)
trap 'rm -f "$log"' EXIT

unpack() {
    rm -rf "$home"
    mkdir -p "$home"
    python3 -m venv --without-pip "$home"
    pip() { PYTHONPATH=$(ls "$here/$python"/pip-*.whl) "$home/bin/python" -m pip "$@"; }
    if ! ls "$here/$python"/python_sane-*.whl > /dev/null 2>&1; then
        # To build, pip wants what it builds with first; it goes again.
        pip install --quiet --no-index --find-links "$here/$python" setuptools
        pip install --quiet --no-index --find-links "$here/$python" --no-build-isolation --no-deps python-sane
    fi
    pip install --quiet --no-index --find-links "$here/$python" --requirement "$here/$python/requirements.txt"
    pip install --quiet --no-index --no-deps "$here/$wheel"
    pip check
    "$home/bin/tramquet" --version
    touch "$home/.complete"
}

# As the Debian package does, only below /etc and /opt instead of /usr.
put() {
    place=$(echo "$3" | sed -e 's,^usr/lib/,/etc/,' -e 's,^usr/libexec/tramquet,/opt/tramquet/libexec,' \
        -e 's,^usr/share/tramquet,/opt/tramquet/share,')
    install -d "$(dirname "$place")"
    sed -e 's,/usr/bin/tramquet,/opt/tramquet/current/bin/tramquet,' -e 's,/usr/libexec/tramquet,/opt/tramquet/libexec,' \
        "$here/systemd/$2" > "$place.new"
    chmod "$1" "$place.new"
    mv "$place.new" "$place"
}

umask 022
mkdir -p /opt/tramquet /usr/local/bin
[ -n "$before" ] || touch "$first"
if [ ! -e "$home/.complete" ]; then
    # A function that is part of a condition would not stop at its first failure.
    set +e
    (set -e; unpack) > "$log" 2>&1
    status=$?
    set -e
    if [ $status != 0 ]; then
        rm -rf "$home"
        interrupted "$log"
    fi
    sync --file-system "$home"
fi
sh "$here/systemd/debian/prerm" upgrade
ln -sfn "$home" /opt/tramquet/next
mv -T /opt/tramquet/next /opt/tramquet/current
ln -sfn /opt/tramquet/current/bin/tramquet /usr/local/bin/tramquet
grep -v '^#' "$here/systemd/files" | while read -r mode file place; do put "$mode" "$file" "$place"; done
install -d /usr/local/share/man/man1 /usr/local/share/man/vi/man1 /usr/local/share/bash-completion/completions
for page in man1 vi/man1; do install -m 644 "$here/man/$page/tramquet.1" "/usr/local/share/man/$page/"; done
install -m 644 "$here/tramquet.bash" /usr/local/share/bash-completion/completions/tramquet
rm -rf /opt/tramquet/share/manual
cp -r "$here/manual" /opt/tramquet/share/
configured=$before
[ ! -e "$first" ] || configured=
sh "$here/systemd/debian/postinst" configure "$configured"
rm -f "$first"
# The one before stays for the way back; older ones go.
if [ "$before" != "$home" ]; then
    for old in /opt/tramquet/*-????????; do
        [ "$old" = "$home" ] || [ "$old" = "$before" ] || rm -rf "$old"
    done
fi
tell_the_end "$version"
