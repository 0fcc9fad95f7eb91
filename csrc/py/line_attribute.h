/* Attributes that are read without code of the program.
 *
 * Needs an attached thread state; runs no Python code. */
#pragma once

#include "py/line_plan.h"

/* Finds the attribute `name` of an object, of whose class it remembers how it is kept.
 * Sets `found`; false if reading it may run code, or raise. */
bool ct_line_find_attribute(struct ct_line_check *check, PyObject *object);

/* The same of what is to be called; for a method, `found` is its function. */
bool ct_line_find_method(struct ct_line_check *check, PyObject *object);
