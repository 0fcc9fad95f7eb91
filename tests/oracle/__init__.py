"""A reference recorder in pure Python, and what compares the recorder with it.

`reference` watches a program with `sys.settrace` and `f_locals` and gives its events;
`render` shows values by the rules of the contract; `traces` brings a recorded trace
into the same events; `differences` says where the two may differ, and why; `worker` is
the process that runs programs both ways, `client` what tests talk to it through.

An event is a list that JSON can hold, so that both sides compare with `==`:

    ["call", function, line, arguments]     a frame is entered, resumed or thrown into
    ["line", line, variables]               a step, with what is visible
    ["return", value]                       a frame is left, by whatever way
    ["error", text]                         an exception is raised

arguments and variables are lists of `[name, value]`; a value is `[record, type name,
content]` as `render` gives it.
"""
