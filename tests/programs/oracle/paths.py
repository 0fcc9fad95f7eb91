import uuid
from pathlib import Path, PurePosixPath
p = PurePosixPath("a") / "b"
q = p.parent
name = q.name
u = uuid.UUID(int=5)
r = Path("x")
