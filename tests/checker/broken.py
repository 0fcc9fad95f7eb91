"""What to replace in a good trace of `samples` so that it breaks one rule.

Each row: a name, the rule, the text to replace, which stands once in the trace, and the
text in its place. The rows are for the checker's own tests.
"""
# ruff: noqa: E501  records stand on one line each

type Row = tuple[str, int, str, str]

_INT = '{"kind":"Int","i":-3,"type_id":1}'
LAST = '{"Return":{"return_value":{"kind":"Int","i":0,"type_id":1}}}'
_LAST_STEP = '{"Step":{"path_id":0,"line":5}}'
_NONE = '{"kind":"None","type_id":0}'
_RETURN_NONE = '{"Return":{"return_value":{"kind":"None","type_id":0}}}'
_RETURN_OF_G = (
    '{"Return":{"return_value":{"kind":"Raw","r":"ValueError()","type_id":14}}}'
)
_RETURN_OF_F = '{"Return":{"return_value":{"kind":"Raw","r":"-0.0","type_id":3}}}'
_NONE_TYPE = '{"Type":{"kind":30,"lang_type":"None","specific_info":{"kind":"None"}}}'
_FUNCTION_MAIN = '{"Function":{"path_id":0,"line":1,"name":"<__main__>"}}'
_FUNCTION_F = '{"Function":{"path_id":0,"line":3,"name":"f"}}'
_STEP_OF_F = '{"Step":{"path_id":0,"line":3}}'
_CALL_OF_F = '{"Call":{"function_id":2,'
_CALL_OF_G = '{"Call":{"function_id":3,"args":[]}}'
_PLAIN = '"specific_info":{"kind":"None"}'
_FIELDS = '"fields":[{"name":"x","type_id":11},{"name":"…","type_id":11}]'
_REDACTED = f"""{{"Type":{{"kind":16,"lang_type":"Redacted",{_PLAIN}}}}}
{{"VariableName":"password"}}
{{"Value":{{"variable_id":9,"value":{{"kind":"Error","msg":"<redacted>","type_id":13}}}}}}"""
ERROR_EVENT = r"""{"Event":{"kind":11,"metadata":"{\"type\":\"KeyError\",\"module\":\"builtins\",\"message\":\"\",\"path\":\"/w/t.py\",\"line\":4,\"thread\":\"ThreadId(1)\"}","content":"KeyError"}}"""
_MORE_ITEMS = '{"kind":"Raw","r":"… +9 more","type_id":7}'
_DICT_PAIR = f'{{"kind":"Tuple","elements":[{{"kind":"String","text":"k","type_id":4}},{_NONE}],"type_id":10}}'
_DROPPED = '{"kind":"Error","msg":"<dropped>","type_id":15}'
_STDERR = r"""{"Event":{"kind":2,"metadata":"{\"stream\":\"stderr\",\"thread\":\"ThreadId(1)\",\"path_id\":0,\"line\":4,\"frame_id\":2,\"flags\":[\"newline\"]}","""


def tuples(depth: int) -> str:
    """A value of that depth, for the samples' type of a tuple."""
    return '{"kind":"Tuple","elements":[' * depth + _NONE + '],"type_id":10}' * depth


def _a_return(message: str, name: str) -> str:
    """A Return of an Error, and its type, which comes after all others of GOOD."""
    return (
        f'{{"Type":{{"kind":16,"lang_type":"{name}",{_PLAIN}}}}}\n'
        f'{{"Return":{{"return_value":{{"kind":"Error","msg":"{message}","type_id":15}}}}}}'
    )


# Replacements in samples.GOOD that break the rule in both formats.

IN_GOOD: list[Row] = [
    ("toplevel", 7, '"line":1,"name":"<toplevel>"', '"line":2,"name":"<toplevel>"'),
    ("exit value", 7, LAST, _RETURN_NONE),
    (
        "exit text",
        7,
        '{"kind":"Int","i":0,"type_id":1}',
        '{"kind":"String","text":"bye","type_id":4}',
    ),
    (
        "fourth record",
        7,
        f"{_NONE_TYPE}\n{_FUNCTION_MAIN}",
        f"{_FUNCTION_MAIN}\n{_NONE_TYPE}",
    ),
    ("slice", 8, '"is_slice":false,"type_id":6', '"is_slice":true,"type_id":6'),
    ("type kind", 8, '"kind":12,', '"kind":34,'),
    ("path", 9, _LAST_STEP, '{"Step":{"path_id":2,"line":5}}'),
    ("negative", 9, _INT, '{"kind":"Int","i":-3,"type_id":-1}'),
    ("huge", 9, _INT, '{"kind":"Int","i":-3,"type_id":9223372036854775807}'),
    (
        "variable",
        9,
        f'{{"variable_id":0,"value":{_INT}',
        f'{{"variable_id":99,"value":{_INT}',
    ),
    (
        "variable too early",
        9,
        f'{{"variable_id":0,"value":{_INT}',
        f'{{"variable_id":11,"value":{_INT}',
    ),
    (
        "function",
        9,
        '{"Call":{"function_id":3,"args":[{',
        '{"Call":{"function_id":9,"args":[{',
    ),
    ("inside", 9, '"text":"k","type_id":4', '"text":"k","type_id":99'),
    (
        "type too early",
        9,
        '{"kind":"String","text":"k","type_id":4}',
        '{"kind":"Raw","r":"k","type_id":14}',
    ),
    ("argument", 9, '"args":[{"variable_id":0,', '"args":[{"variable_id":12,'),
    ("field", 9, '"…","type_id":11', '"…","type_id":99'),
    ("path twice", 10, LAST, '{"Path":"/w/u.py"}\n' + LAST),
    ("name twice", 10, LAST, '{"VariableName":"n"}\n' + LAST),
    ("function twice", 10, LAST, f"{_FUNCTION_F}\n{LAST}"),
    (
        "type twice",
        10,
        LAST,
        f'{{"Type":{{"kind":7,"lang_type":"int",{_PLAIN}}}}}\n' + LAST,
    ),
    ("name twice, used", 10, '{"VariableName":"flag"}', '{"VariableName":"big"}'),
    ("type twice, used", 10, '"lang_type":"ValueError"', '"lang_type":"Redacted"'),
    ("path unused", 10, LAST, '{"Path":"/w/v.py"}\n' + LAST),
    ("name unused", 10, LAST, '{"VariableName":"z"}\n' + LAST),
    (
        "function unused",
        10,
        LAST,
        '{"Function":{"path_id":0,"line":4,"name":"f"}}\n' + LAST,
    ),
    (
        "type unused",
        10,
        LAST,
        f'{{"Type":{{"kind":7,"lang_type":"Int",{_PLAIN}}}}}\n' + LAST,
    ),
    ("line 0", 11, _LAST_STEP, '{"Step":{"path_id":0,"line":0}}'),
    ("line -1", 11, _LAST_STEP, '{"Step":{"path_id":0,"line":-1}}'),
    ("Return too many", 12, LAST, f"{_RETURN_NONE}\n{LAST}"),
    ("Return missing", 12, _RETURN_OF_F + "\n", ""),
    (
        "toplevel again",
        12,
        _LAST_STEP,
        f'{_LAST_STEP}\n{{"Call":{{"function_id":0,"args":[]}}}}\n{_RETURN_NONE}',
    ),
    ("one switched", 12, _RETURN_OF_G, _a_return("<switched>", "Switched")),
    ("unfinished", 12, _RETURN_OF_G, _a_return("<unfinished>", "Unfinished")),
    (
        "first Step",
        13,
        '{"Call":{"function_id":1,"args":[]}}',
        '{"Step":{"path_id":0,"line":1}}\n{"Call":{"function_id":1,"args":[]}}',
    ),
    ("no Step", 13, f"{_STEP_OF_F}\n{_CALL_OF_F}", _CALL_OF_F),
    (
        "Step not adjacent",
        13,
        f"{_FUNCTION_F}\n{_STEP_OF_F}\n",
        f"{_STEP_OF_F}\n{_FUNCTION_F}\n",
    ),
    ("other line", 13, _STEP_OF_F, '{"Step":{"path_id":0,"line":2}}'),
    (
        "other file",
        13,
        '{"Step":{"path_id":1,"line":2}}',
        '{"Step":{"path_id":0,"line":2}}',
    ),
    (
        "Value after Call",
        14,
        _CALL_OF_G,
        f'{_CALL_OF_G}\n{{"Value":{{"variable_id":0,"value":{_INT}}}}}',
    ),
    (
        "variable twice",
        14,
        '{"Value":{"variable_id":0,"value":{"kind":"Int","i":8,"type_id":1}}}',
        '{"Value":{"variable_id":8,"value":{"kind":"Int","i":8,"type_id":1}}}',
    ),
    (
        "Value after Return",
        14,
        LAST,
        f'{{"Value":{{"variable_id":0,"value":{_INT}}}}}\n{LAST}',
    ),
    ("event kind", 16, '"Event":{"kind":2,', '"Event":{"kind":1,'),
    ("stream", 16, r"\"stderr\"", r"\"stdout\""),
    ("no JSON", 16, r"\"flags\":[\"mirror\"]}", r"\"flags\":[\"mirror\"]"),
    ("not compact", 16, r"\"flags\":[\"mirror\"]", r"\"flags\": [\"mirror\"]"),
    ("key", 16, r"\"flags\":[\"mirror\"]", r"\"flag\":[\"mirror\"]"),
    (
        "key order",
        16,
        r"\"path_id\":0,\"line\":4,\"frame_id\":2,",
        r"\"line\":4,\"path_id\":0,\"frame_id\":2,",
    ),
    ("path of event", 16, r"\"path_id\":0,\"line\":4", r"\"path_id\":1,\"line\":4"),
    ("line of event", 16, r"\"line\":4,\"frame_id\"", r"\"line\":3,\"frame_id\""),
    ("frame of event", 16, r"\"frame_id\":2", r"\"frame_id\":1"),
    ("no mirror", 16, r"\"flags\":[\"mirror\"]", r"\"flags\":[\"flush\"]"),
    ("half a location", 16, r"\"path_id\":null", r"\"path_id\":0"),
    ("unknown flag", 16, r"\"flags\":[\"mirror\"]", r"\"flags\":[\"mirror\",\"x\"]"),
    (
        "flag order",
        16,
        r"\"flags\":[\"newline\"]",
        r"\"flags\":[\"flush\",\"newline\"]",
    ),
    (
        "thread of event",
        16,
        r"\"stderr\",\"thread\":\"ThreadId(1)\"",
        r"\"stderr\",\"thread\":\"ThreadId(2)\"",
    ),
    (
        "thread name",
        16,
        r"\"stderr\",\"thread\":\"ThreadId(1)\"",
        r"\"stderr\",\"thread\":\"Thread 1\"",
    ),
    ("error content", 16, '"content":"KeyError: ', '"content":"LookupError: '),
    ("error line", 16, r"\"line\":4,\"thread\"", r"\"line\":\"4\",\"thread\""),
    ("error key", 16, r"\"module\":", r"\"mod\":"),
    (
        "uncaught",
        16,
        r"\"line\":4,\"thread\":\"ThreadId(1)\"}",
        r"\"line\":4,\"thread\":\"ThreadId(1)\",\"uncaught\":true}",
    ),
    (
        "before a Step",
        16,
        '{"Call":{"function_id":1,"args":[]}}\n',
        '{"Call":{"function_id":1,"args":[]}}\n'
        + _STDERR.replace("4", "1")
        + '"content":""}}\n',
    ),
    ("ends with an error", 17, LAST, f"{ERROR_EVENT}\n{LAST}"),
    ("Int of None", 18, _INT, '{"kind":"Int","i":-3,"type_id":0}'),
    (
        "Raw of int",
        18,
        '"r":"ValueError()","type_id":14}}]',
        '"r":"ValueError()","type_id":1}}]',
    ),
    (
        "None of int",
        18,
        f'"text":"k","type_id":4}},{_NONE}',
        '"text":"k","type_id":4},{"kind":"None","type_id":1}',
    ),
    (
        "Tuple of list",
        18,
        f'{_NONE}],"type_id":10}}',
        f'{_NONE}],"type_id":6}},{_DICT_PAIR}',
    ),
    ("bool by name", 18, '"lang_type":"bool"', '"lang_type":"Bool"'),
    ("value missing", 19, '{"kind":"Int","i":5,"type_id":1},', ""),
    (
        "value too many",
        19,
        '{"kind":"Int","i":5,"type_id":1}',
        '{"kind":"Int","i":5,"type_id":1},' * 2 + _INT,
    ),
    ("field of int", 19, '"x","type_id":11', '"x","type_id":1'),
    ("kind of Struct", 19, '"kind":6,', '"kind":27,'),
    (
        "Struct of list",
        19,
        '"… +3 more","type_id":7}],"type_id":12',
        '"… +3 more","type_id":7}],"type_id":6',
    ),
    (
        "specifics",
        19,
        f'"kind":7,"lang_type":"int",{_PLAIN}',
        '"kind":7,"lang_type":"int","specific_info":{"kind":"Struct","fields":[]}',
    ),
    ("depth 29", 20, '{"kind":"Int","i":1,"type_id":1}', tuples(29)),
    ("depth 29 in args", 20, '{"kind":"Int","i":7,"type_id":1}', tuples(29)),
    ("depth 70", 20, '{"kind":"Int","i":1,"type_id":1}', tuples(70)),
    ("leading zero", 21, "AQAAAAAAAAAA", "AAEAAAAAAAAAAA=="),
    ("fits", 21, "AQAAAAAAAAAA", "gAAAAAAAAAA="),
    ("empty", 21, "AQAAAAAAAAAA", ""),
    ("no pair", 23, _DICT_PAIR, f"{_DICT_PAIR},{_INT}"),
    ("pair of three", 23, f'{_NONE}],"type_id":10', f'{_NONE},{_NONE}],"type_id":10'),
    ("text of a cut", 24, "… +9 more", "… 9 more"),
    ("cut by zero", 24, "… +9 more", "… +0 more"),
    ("type of a cut", 24, '"… +9 more","type_id":7', '"… +9 more","type_id":8'),
    ("cycle", 24, '"<cycle>","type_id":7', '"<cycle>","type_id":8'),
    ("cut before the end", 24, f"{_MORE_ITEMS}]", f"{_MORE_ITEMS},{_INT}]"),
    ("cut as a value", 24, '{"kind":"Int","i":8,"type_id":1}', _MORE_ITEMS),
    ("field of a cut", 24, _FIELDS, _FIELDS.replace("…", "y")),
    ("error text", 24, '"msg":"<redacted>"', '"msg":"<hidden>"'),
    ("error type", 24, '"lang_type":"Redacted"', '"lang_type":"Hidden"'),
    (
        "dropped variable",
        24,
        _REDACTED,
        _REDACTED.replace("Redacted", "Dropped").replace("<redacted>", "<dropped>"),
    ),
    (
        "dropped inside",
        24,
        _RETURN_OF_G,
        _a_return("<dropped>", "Dropped").replace(
            _DROPPED, f'{{"kind":"Tuple","elements":[{_DROPPED}],"type_id":10}}'
        ),
    ),
    ("cut text", 24, '"text":"long…"', '"text":"long…."'),
    ("cut text type", 24, '"str[300]"', '"str[4]"'),
    ("below the limit", 24, "<list, 1 item>", "<list, 1 items>"),
    ("below the limit, type", 24, "<list, 1 item>", "<set, 1 item>"),
    ("text", 25, "é/", "\udcff/"),
    ("name", 25, '{"VariableName":"ratio"}', '{"VariableName":"rat\udce9o"}'),
    ("event", 25, '"content":"from C"', '"content":"from \udc80"'),
]

# Replacements in samples.THREADS, in both formats.

IN_THREADS: list[Row] = [
    (
        "left open",
        12,
        '"args":[]}}\n{"Step":{"path_id":0,"line":9}}\n{"Return":{"return_value":{"kind":"Error","msg":"<switched>","type_id":1}}}\n',
        '"args":[]}}\n{"Step":{"path_id":0,"line":9}}\n',
    ),
    (
        "not entered",
        12,
        '{"Step":{"path_id":0,"line":4}}\n{"Call":{"function_id":2,"args":[]}}\n{"Step":{"path_id":0,"line":6}}\n{"Call":{"function_id":3,"args":[]}}\n'
        + f"{_RETURN_NONE}\n" * 2,
        '{"Step":{"path_id":0,"line":6}}\n',
    ),
    (
        "entered elsewhere",
        12,
        '{"Step":{"path_id":0,"line":4}}\n{"Call":{"function_id":2,',
        '{"Step":{"path_id":0,"line":4}}\n{"Call":{"function_id":3,',
    ),
    ("below empty", 12, '{"ThreadExit":2}', f'{_RETURN_NONE}\n{{"ThreadExit":2}}'),
    ("not started", 15, '{"ThreadStart":2}\n', ""),
    (
        "number",
        15,
        '{"ThreadStart":2}\n',
        '{"ThreadStart":3}\n{"ThreadSwitch":3}\n{"Step":{"path_id":0,"line":4}}\n{"ThreadStart":2}\n',
    ),
    ("start alone", 15, '{"ThreadStart":2}', '{"ThreadStart":2}\n{"ThreadSwitch":1}'),
    ("current", 15, '{"Type":{"kind":7,', '{"ThreadSwitch":1}\n{"Type":{"kind":7,'),
    (
        "empty stay",
        15,
        '{"ThreadExit":2}\n',
        '{"ThreadSwitch":1}\n{"ThreadSwitch":2}\n{"ThreadExit":2}\n',
    ),
    ("exit of another", 15, '{"ThreadExit":2}', '{"ThreadExit":1}'),
    (
        "exit without change",
        15,
        '{"ThreadExit":2}\n',
        '{"ThreadExit":2}\n{"Step":{"path_id":0,"line":4}}\n',
    ),
    (
        "after its exit",
        15,
        '{"Type":{"kind":7,',
        '{"ThreadSwitch":2}\n{"Step":{"path_id":0,"line":4}}\n{"ThreadSwitch":1}\n{"Type":{"kind":7,',
    ),
    (
        "after switched",
        15,
        '{"ThreadStart":2}\n',
        '{"Step":{"path_id":0,"line":8}}\n{"ThreadStart":2}\n',
    ),
    ("thread of event", 16, "ThreadId(2)", "ThreadId(1)"),
]

# Replacements in samples.GOOD, in trace.json only.

IN_JSON: list[Row] = [
    ("comma", 4, LAST, LAST + ","),
    ("white space", 4, _INT, _INT.replace(":", ": ")),
    ("key order", 4, _LAST_STEP, '{"Step":{"line":5,"path_id":0}}'),
    ("key order of a value", 4, _INT, '{"i":-3,"kind":"Int","type_id":1}'),
    ("two keys alike", 4, _INT, '{"kind":"Int","i":-3,"i":-3,"type_id":1}'),
    ("escaped", 4, "é/", "\\u00e9/"),
    ("solidus", 4, "é/", "é\\/"),
    ("escape", 4, '\\n\\""', '\\u000a\\""'),
    ("raw control", 4, '"text":"k"', '"text":"k\t"'),
    ("two on a line", 4, _INT + "}}\n", _INT + "}},"),
    ("NaN", 4, '"i":-3', '"i":NaN'),
    ("leading zero", 4, '"i":-3', '"i":-03'),
    ("unknown record", 8, _LAST_STEP, '{"DropLastStep":null}'),
    ("old record", 8, '{"VariableName":"big"}', '{"Variable":"big"}'),
    ("two records", 8, _LAST_STEP, '{"Step":{"path_id":0,"line":5},"Path":"x"}'),
    ("key missing", 8, _CALL_OF_F, '{"Call":{"id":2,'),
    ("key too many", 8, _LAST_STEP, '{"Step":{"path_id":0,"line":5,"column":1}}'),
    ("unknown value", 8, _INT, '{"kind":"Char","c":"x","type_id":1}'),
    ("cell", 8, _INT, '{"kind":"Cell","place":1,"type_id":1}'),
    ("no value", 8, _INT, "null"),
    ("event kind", 8, '"Event":{"kind":2,', '"Event":{"kind":14,'),
    (
        "pointer type",
        8,
        f'"int",{_PLAIN}',
        '"int","specific_info":{"kind":"Pointer","dereference_type_id":1}',
    ),
    ("fraction", 8, '"i":-3', '"i":-3.0'),
    ("Int too large", 8, '"i":-3', '"i":9223372036854775808'),
    ("bool as a number", 8, '"b":true', '"b":1'),
    ("number as a bool", 8, '"i":-3', '"i":true'),
    ("text as a number", 8, '"text":"k"', '"text":1'),
    ("text as an id", 8, _LAST_STEP, '{"Step":{"path_id":"0","line":5}}'),
    ("no object", 8, _LAST_STEP, '{"Step":5}'),
    ("no arguments", 8, '"args":[]}}\n{"Type"', '"args":null}}\n{"Type"'),
    ("no argument", 8, '"args":[]}}\n{"Type"', '"args":[0]}}\n{"Type"'),
    ("no elements", 8, _INT, '{"kind":"Tuple","elements":null,"type_id":1}'),
    ("no fields", 8, _FIELDS, '"fields":{}'),
    ("no kind", 8, _INT, '{"kind":1,"i":1,"type_id":1}'),
    ("no float", 8, _INT, '{"kind":"Float","f":[],"type_id":1}'),
    ("depth 3000", 20, _INT, tuples(3000)),
    ("padding", 21, "AQAAAAAAAAAA", "AQAAAAAAAAAAAA"),
    ("alphabet", 21, "AQAAAAAAAAAA", "AQAAAAAAAAA-"),
    ("last bits", 21, "AQAAAAAAAAAA", "AQAAAAAAAAAAAB=="),
    (
        "Float",
        22,
        '{"kind":"Raw","r":"-0.0","type_id":3}',
        '{"kind":"Float","f":-0.5,"type_id":3}',
    ),
    (
        "Float text",
        22,
        '{"kind":"Raw","r":"-0.0","type_id":3}',
        '{"kind":"Float","f":"-0.5","type_id":3}',
    ),
    ("not shortest", 22, '"r":"1e+300"', '"r":"1e300"'),
    ("no float", 22, '"r":"1e+300"', '"r":"much"'),
    ("escaped surrogate", 25, "é/", "\\ud800/"),
]
