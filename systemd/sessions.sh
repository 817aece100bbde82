# sessions.sh: scan sessions are waited for, never cut. script/package puts it into install.sh and the package's prerm.

# The data folder is the settings'; a session holds the lock of its folder in it as long as it lives.
running_sessions() {
    data=$(sed -n 's/^[[:space:]]*data[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' /etc/tramquet/station.toml 2>/dev/null | head -n 1)
    for session in "${data:-/var/lib/tramquet}"/spool/sessions/*/; do
        if [ -d "$session" ] && ! flock --nonblock "$session" true 2>/dev/null; then echo "$session"; fi
    done
}

await_sessions() {
    [ -n "$(running_sessions)" ] || return 0
    echo "tramquet: somebody is scanning; waiting until the session ends. To end it now: the page, or Ctrl-C where it was started." >&2
    echo "tramquet: đang có người quét; xin chờ đến khi phiên quét kết thúc. Muốn kết thúc ngay: bấm dừng trên trang, hoặc Ctrl-C nơi đã bắt đầu." >&2
    while [ -n "$(running_sessions)" ]; do sleep 1; done
}
