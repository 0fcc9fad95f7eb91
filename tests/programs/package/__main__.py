from . import flag
from .part import answer
total = flag + answer()
