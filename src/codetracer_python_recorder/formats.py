"""The names of the trace formats."""

TRACE_BINARY = "binary"
TRACE_JSON = "json"
DEFAULT_FORMAT = TRACE_BINARY
SUPPORTED_FORMATS = (TRACE_BINARY, TRACE_JSON)

__all__ = [
    "DEFAULT_FORMAT",
    "SUPPORTED_FORMATS",
    "TRACE_BINARY",
    "TRACE_JSON",
    "is_supported",
    "normalize_format",
]


def normalize_format(value: str | None) -> str:
    """The name in lower case; the default format for None."""
    return DEFAULT_FORMAT if value is None else value.lower()


def is_supported(value: str | None) -> bool:
    """Whether `value`, in any case, names a format that can be written."""
    return normalize_format(value) in SUPPORTED_FORMATS


def unsupported_format_message(value: object) -> str:
    """The text of the error for a format that cannot be written."""
    expected = ", ".join(sorted(SUPPORTED_FORMATS))
    return f"unsupported trace format '{value}'. Expected one of: {expected}"
