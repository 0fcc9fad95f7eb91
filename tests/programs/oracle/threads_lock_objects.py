import threading
lock = threading.Lock()
with lock:
    x = 1
event = threading.Event()
event.set()
local = threading.local()
local.x = 1
