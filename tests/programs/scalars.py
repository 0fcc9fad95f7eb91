def show(*values):
    return values


show(None, True, False, 0, -1, 2**63 - 1, -(2**63))
show(2**63, -(2**63) - 1, 10**30, -(2**64))
show(1.5, -0.0, 1e300, 0.1 + 0.2, float("nan"), float("inf"), -float("inf"))
show("", "text", "é→😀", "a\0b", "line\nfeed", "\ud800 lone", "'\"")
show(b"", b"ab", b"'", b"'\"", b"\x00\xff\n\\", b"x" * 300)
show(1j, ..., NotImplemented, range(3))
