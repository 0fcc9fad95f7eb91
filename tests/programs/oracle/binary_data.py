data = b"abc"
array = bytearray(data)
array[0] = 0
array += b"\xff'"
view = memoryview(array)
view[1] = 65
long = b"x" * 1000
view.release()
quotes = b"it's \"q\""
