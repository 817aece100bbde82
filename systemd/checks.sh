# checks.sh: what both install.sh look at before they touch anything; sourced with the folder in $here.
# A refusal is one sentence and leaves the PC as it was.

# The system's language is asked of /etc: sudo and LC_ALL hide the person's.
language=${TRAMQUET_LANGUAGE:-$(sed -n 's/^LANG="\{0,1\}\(..\).*/\1/p' /etc/default/locale /etc/locale.conf 2>/dev/null | head -n 1)}
say() { if [ "$language" = en ]; then echo "$1"; else echo "$2"; fi }
refuse() { say "$@" >&2; exit 1; }

must_be_root() {
    [ "$(id -u)" = 0 ] || refuse \
        "Only root can install; nothing was changed. Run: sudo sh $here/install.sh" \
        "Chỉ quyền root mới cài được; máy chưa có gì thay đổi. Hãy chạy: sudo sh $here/install.sh"
}

must_be_amd64() {
    architecture=$(dpkg --print-architecture 2>/dev/null || uname -m)
    [ "$architecture" = amd64 ] || [ "$architecture" = x86_64 ] || refuse \
        "The packages are for 64-bit Intel and AMD processors (amd64), and this system is $architecture; nothing was changed." \
        "Các gói dành cho bộ xử lý Intel và AMD 64 bit (amd64), còn hệ thống này là $architecture; máy chưa có gì thay đổi."
}

must_be_complete() {
    # The last line tells that the sums themselves are all there.
    missing=$(cd "$here" && { [ "$(tail -n 1 SHA256SUMS 2>/dev/null)" = "# complete" ] || echo SHA256SUMS; sha256sum --check --quiet SHA256SUMS 2>/dev/null | cut -d: -f1; } | head -n 1)
    [ -z "$missing" ] || refuse \
        "The folder is not complete: $missing is missing or damaged; nothing was changed. Copy the whole folder to the stick again." \
        "Thư mục chưa đầy đủ: tệp $missing bị thiếu hoặc hỏng; máy chưa có gì thay đổi. Hãy chép lại toàn bộ thư mục vào USB."
}

# $1 MB in each of the folders behind it, and the catalogue's backup.
must_have_room() {
    catalogue=$(du -sm /var/lib/tramquet/catalogue.sqlite3 2>/dev/null | cut -f1 || true)
    needed=$(($1 + ${catalogue:-0}))
    shift
    for folder in "$@"; do
        free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
        [ "$free" -ge "$needed" ] || refuse \
            "The disk is too full: $folder has $free MB free, and $needed MB are needed; nothing was changed. Make room, then start again." \
            "Ổ đĩa không đủ chỗ: $folder còn trống $free MB, cần $needed MB; máy chưa có gì thay đổi. Hãy giải phóng dung lượng rồi cài lại."
    done
}

interrupted() {
    cat "$1" >&2
    refuse "The installation was interrupted; the scans are kept. Start install.sh again." \
        "Việc cài đặt bị gián đoạn; các ảnh đã quét vẫn còn nguyên. Hãy chạy lại install.sh."
}

# The last word about version $1.
tell_the_end() {
    if [ ! -e /etc/tramquet/station.toml ]; then
        say "tramquet $1 is installed. Now run: sudo tramquet setup" \
            "Đã cài tramquet $1. Bây giờ hãy chạy: sudo tramquet setup"
    elif [ -d /run/systemd/system ] && ! systemctl is-enabled --quiet tramquet.service; then
        say "tramquet $1 is installed; its service is disabled, as it was before. To start it: sudo systemctl enable --now tramquet" \
            "Đã cài tramquet $1; dịch vụ đang tắt như trước đó. Để chạy: sudo systemctl enable --now tramquet"
    elif [ ! -d /run/systemd/system ] || systemctl is-active --quiet tramquet.service; then
        say "tramquet $1 is installed." "Đã cài tramquet $1."
    else
        refuse "tramquet $1 is installed, but the station does not run; the scans are kept. See: sudo journalctl -u tramquet" \
            "Đã cài tramquet $1 nhưng trạm chưa chạy được; các ảnh đã quét vẫn còn nguyên. Xem: sudo journalctl -u tramquet"
    fi
}
