/* The texts of the datetime family, from the fields of its C structures.
 *
 * The API of the datetime module is not asked for: that would import it. */
#include "py/value_text_parts.h"

#include "py/library_class.h"

#include <datetime.h>

/* datetime.timezone, which datetime.h does not show. */
struct zone {
    PyObject ob_base;
    PyObject *offset; /* a timedelta */
    PyObject *name;   /* a str or NULL */
};

static void append_timedelta(struct ct_buf *out, PyObject *object)
{
    const struct {
        const char *name;
        int value;
    } fields[] = {
        {"days", PyDateTime_DELTA_GET_DAYS(object)},
        {"seconds", PyDateTime_DELTA_GET_SECONDS(object)},
        {"microseconds", PyDateTime_DELTA_GET_MICROSECONDS(object)},
    };
    bool is_first = true;
    ct_text_append_literal(out, Py_TYPE(object)->tp_name);
    ct_buf_append_byte(out, '(');
    for (int i = 0; i < 3; i++) {
        if (fields[i].value != 0) {
            ct_text_append_format(out, "%s%s=%d", is_first ? "" : ", ", fields[i].name,
                                  fields[i].value);
            is_first = false;
        }
    }
    ct_text_append_literal(out, is_first ? "0)" : ")");
}

static void append_timezone(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    const struct zone *zone = (const struct zone *)(void *)object;
    PyObject *offset = zone->offset, *name = zone->name;
    if (Py_TYPE(object)->tp_basicsize != sizeof *zone || offset == NULL ||
        ct_class_kind_of(Py_TYPE(offset)) != CT_KIND_OF_TIMEDELTA) {
        ct_text_append_object(out, Py_TYPE(object));
        return;
    }
    bool is_zero = PyDateTime_DELTA_GET_DAYS(offset) == 0 &&
                   PyDateTime_DELTA_GET_SECONDS(offset) == 0 &&
                   PyDateTime_DELTA_GET_MICROSECONDS(offset) == 0;
    if (name == NULL && is_zero) { /* there is but one such */
        ct_text_append_literal(out, "datetime.timezone.utc");
        return;
    }
    ct_text_append_literal(out, "datetime.timezone(");
    append_timedelta(out, offset);
    if (name != NULL) {
        ct_text_append_literal(out, ", ");
        ct_parts_append(parts, name);
    }
    ct_buf_append_byte(out, ')');
}

/* `, tzinfo=…`: a timezone or a zoneinfo.ZoneInfo from its fields, others by class. */
static void append_tzinfo(struct ct_parts *parts, PyObject *tzinfo)
{
    if (tzinfo == Py_None)
        return;
    struct ct_buf *out = parts->out;
    PyTypeObject *type = Py_TYPE(tzinfo);
    PyTypeObject *zone_info = ct_library_class_find(type, "zoneinfo", "ZoneInfo");
    PyObject *key =
        zone_info == NULL ? NULL : ct_library_class_slot(zone_info, tzinfo, "key");
    ct_text_append_literal(out, ", tzinfo=");
    if (key != NULL && PyUnicode_Check(key)) {
        if (type == zone_info)
            ct_text_append_literal(out, "zoneinfo.");
        ct_text_append_bare_name(out, type);
        ct_text_append_literal(out, "(key=");
        ct_parts_append(parts, key);
        ct_buf_append_byte(out, ')');
    } else if (ct_class_kind_of(type) == CT_KIND_OF_TIMEZONE) {
        append_timezone(parts, tzinfo);
    } else {
        ct_text_append_object(out, type);
    }
}

/* `, 30` for seconds and `, 30, 500` with microseconds, none of them if both are 0. */
static void append_seconds(struct ct_buf *out, int seconds, int microseconds)
{
    if (seconds != 0 || microseconds != 0)
        ct_text_append_format(out, ", %d", seconds);
    if (microseconds != 0)
        ct_text_append_format(out, ", %d", microseconds);
}

static void append_time(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    ct_text_append_literal(out, Py_TYPE(object)->tp_name);
    ct_text_append_format(out, "(%d, %d", PyDateTime_TIME_GET_HOUR(object),
                          PyDateTime_TIME_GET_MINUTE(object));
    append_seconds(out, PyDateTime_TIME_GET_SECOND(object),
                   PyDateTime_TIME_GET_MICROSECOND(object));
    append_tzinfo(parts, PyDateTime_TIME_GET_TZINFO(object));
    ct_text_append_literal(out, PyDateTime_TIME_GET_FOLD(object) ? ", fold=1)" : ")");
}

static void append_datetime(struct ct_parts *parts, PyObject *object)
{
    struct ct_buf *out = parts->out;
    ct_text_append_literal(out, Py_TYPE(object)->tp_name);
    ct_text_append_format(out, "(%d, %d, %d, %d, %d", PyDateTime_GET_YEAR(object),
                          PyDateTime_GET_MONTH(object), PyDateTime_GET_DAY(object),
                          PyDateTime_DATE_GET_HOUR(object),
                          PyDateTime_DATE_GET_MINUTE(object));
    append_seconds(out, PyDateTime_DATE_GET_SECOND(object),
                   PyDateTime_DATE_GET_MICROSECOND(object));
    if (PyDateTime_DATE_GET_FOLD(object))
        ct_text_append_literal(out, ", fold=1");
    append_tzinfo(parts, PyDateTime_DATE_GET_TZINFO(object));
    ct_buf_append_byte(out, ')');
}

void ct_parts_append_date(struct ct_parts *parts, PyObject *object,
                          enum ct_class_kind kind)
{
    switch (kind) {
    case CT_KIND_OF_TIMEDELTA:
        append_timedelta(parts->out, object);
        break;
    case CT_KIND_OF_TIMEZONE:
        append_timezone(parts, object);
        break;
    case CT_KIND_OF_TIME:
        append_time(parts, object);
        break;
    case CT_KIND_OF_DATETIME:
        append_datetime(parts, object);
        break;
    default:
        ct_text_append_literal(parts->out, Py_TYPE(object)->tp_name);
        ct_text_append_format(parts->out, "(%d, %d, %d)", PyDateTime_GET_YEAR(object),
                              PyDateTime_GET_MONTH(object), PyDateTime_GET_DAY(object));
    }
}
