/* Answers about filters outside of a recording: for `--explain-filter` and the tests.
 *
 * The answers are those of the code that decides while recording. Methods of the native
 * module; need an attached thread state. */
#pragma once

#include "py/compat.h"

/* _filter_matches(pattern: tuple, names: tuple of str) -> list of bool: of each name,
 * in this order, what it says with what it has learnt from those before. */
PyObject *ct_filter_ask_match(PyObject *module, PyObject *args);

/* The decision about code, given the directory of the recorder's Python code:
 * (chain: bytes, module: str, file: str, qualname: str, is_program: bool,
 *  names: sequence of (kind: int, name: str))
 *   -> (exec, rule, value default, rule, [(action, rule, pattern), …], matching rules)
 * with -1 for rules that are the chain's defaults and for patterns that are the value
 * default; of the matching rules a byte 1 or 0 for each rule; None if a name cannot be
 * determined. The name of a return is ignored. */
PyObject *ct_filter_ask_decision(const char *package, PyObject *args);
