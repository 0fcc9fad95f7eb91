"""Check that the calls and returns of a trace.json balance.

Usage: python scripts/check_trace_balance.py trace.json

Prints what it found. Exit status: 0 balanced, 1 unbalanced, 2 not a trace.
"""

import argparse
import sys
from collections.abc import Sequence

from codetracer_python_recorder.trace_balance import (
    TraceBalanceError,
    load_trace_events,
    summarize_trace_balance,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Check the trace that `argv` names; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("trace", help="the trace.json to check")
    arguments = parser.parse_args(argv)
    try:
        result = summarize_trace_balance(load_trace_events(arguments.trace))
    except TraceBalanceError as error:
        print(error, file=sys.stderr)
        return 2
    if result.is_balanced:
        print("Balanced trace")
    else:
        print("Unbalanced trace detected.")
    print(f"{result.call_count} calls, {result.return_count} returns")
    if result.delta < 0:
        print(f"Unexpected {-result.delta} extra return event(s).")
    elif result.delta > 0:
        print(f"Missing {result.delta} return event(s).")
    if result.first_negative_index is not None:
        print(f"First return without a call: event {result.first_negative_index}.")
    return 0 if result.is_balanced else 1


if __name__ == "__main__":
    sys.exit(main())
