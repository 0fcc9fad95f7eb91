"""An independent reader of trace folders that checks every rule of the format.

Written from the page on the trace formats (its section 8) and sharing nothing with the
recorder, it is the oracle of the tests: `check_trace` returns what is wrong with a
folder. It needs the standard library only.

    check_trace(directory)                  all rules but 6, on one trace
    equal_in_both_formats(json_dir, bin_dir)  rule 6
    load_records(directory)                 the records, in the shape of `trace.json`

The same from the command line: `python -m checker DIR…`, with the folder above this one
on the path.
"""

from .check import check_trace, equal_in_both_formats, load_records
from .problems import Problem, Refused

__all__ = [
    "Problem",
    "Refused",
    "check_trace",
    "equal_in_both_formats",
    "load_records",
]
