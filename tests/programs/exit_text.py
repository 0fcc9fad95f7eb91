def leave():
    raise SystemExit("a text")


try:
    leave()
finally:
    cleaned = True
