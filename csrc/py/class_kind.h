/* What the values of a class are shown as (contract.md section 8).
 *
 * Decided once per class from what cannot be forged by Python code: type flags, C slots
 * and the names of immutable C types. Runs no Python code. */
#pragma once

#include "py/compat.h"

enum ct_class_kind {
    CT_KIND_OF_OBJECT, /* anything else: Raw `<module.Class object>` */

    /* Read through the storage of a builtin base, with the class's own name. */
    CT_KIND_OF_INT,
    CT_KIND_OF_FLOAT,
    CT_KIND_OF_STR,
    CT_KIND_OF_BYTES,
    CT_KIND_OF_LIST,
    CT_KIND_OF_TUPLE,
    CT_KIND_OF_SET,
    CT_KIND_OF_FROZENSET,
    CT_KIND_OF_DICT,
    CT_KIND_OF_DEQUE,        /* collections.deque and subclasses */
    CT_KIND_OF_MAPPINGPROXY, /* exact; shown as the dict behind it, if it is one */
    CT_KIND_OF_DICT_KEYS,    /* exact views of dicts and their C subclasses */
    CT_KIND_OF_DICT_VALUES,
    CT_KIND_OF_DICT_ITEMS,

    /* Structs of named fields. */
    CT_KIND_OF_NAMEDTUPLE, /* tuple subclass whose _fields are as many exact str */
    CT_KIND_OF_ENUM,       /* instance of a class made by enum.EnumType */
    CT_KIND_OF_DATACLASS,
    CT_KIND_OF_STRUCT, /* other classes of Python with a __dict__ or __slots__ */

    /* Raw with a text of their own (value_text.h). */
    CT_KIND_OF_NONE, /* None, Ellipsis, NotImplemented are told apart by identity */
    CT_KIND_OF_BOOL,
    CT_KIND_OF_ELLIPSIS,
    CT_KIND_OF_NOTIMPLEMENTED,
    CT_KIND_OF_COMPLEX,
    CT_KIND_OF_DECIMAL,
    CT_KIND_OF_FRACTION,
    CT_KIND_OF_DATE,
    CT_KIND_OF_TIME,
    CT_KIND_OF_DATETIME,
    CT_KIND_OF_TIMEDELTA,
    CT_KIND_OF_TIMEZONE,
    CT_KIND_OF_UUID,
    CT_KIND_OF_PATH, /* pathlib.PurePath and subclasses */
    CT_KIND_OF_RANGE,
    CT_KIND_OF_SLICE,
    CT_KIND_OF_EXCEPTION,
    CT_KIND_OF_FUNCTION,
    CT_KIND_OF_BUILTIN, /* C function or method */
    CT_KIND_OF_METHOD,
    CT_KIND_OF_CLASS,
    CT_KIND_OF_MODULE,
    CT_KIND_OF_CODE,
    CT_KIND_OF_GENERATOR,
    CT_KIND_OF_COROUTINE,
    CT_KIND_OF_ASYNC_GENERATOR,

    /* Raw with a size in the type's name. */
    CT_KIND_OF_BYTEARRAY,
    CT_KIND_OF_MEMORYVIEW,

    CT_KIND_OF_ARRAY, /* buffer exporters of known exact type: array.array, numpy's */
};

enum ct_class_kind ct_class_kind_of(PyTypeObject *type);

/* What the first class of the MRO that has `key` in its dict stores there: borrowed, or
 * NULL. */
PyObject *ct_class_attribute(PyTypeObject *type, const char *key);

/* Whether a type was made by C code and cannot be changed by Python code, so that its
 * slots are C functions that can be trusted to be what its name says. */
static inline bool ct_is_c_type(const PyTypeObject *type)
{
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) ||
           (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE);
}
