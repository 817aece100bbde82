"""Where packages go: each kind of destination brings one parcel over and proves that it arrived."""
