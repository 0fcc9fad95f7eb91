/* Whether a line is inert, by its plan and the values that it begins with. */
#include "py/class_table.h"
#include "py/harmless.h"
#include "py/line_plan.h"
#include "py/object.h"

/* Finds out how objects of a class keep the attribute. */
static void look_up(struct ct_line_check *attribute, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    attribute->is_plain = false;
    attribute->index = -1;
    attribute->version = type->tp_version_tag;
    if (type->tp_getattro != PyObject_GenericGetAttr)
        return;
    PyObject *found = ct_class_find(type, attribute->name);
    if (found == NULL) {
        attribute->index = ct_object_inline_index(object, attribute->name);
        attribute->is_plain = attribute->index >= 0;
    } else if (Py_IS_TYPE(found, &PyMemberDescr_Type) &&
               ((PyMemberDescrObject *)found)->d_member->type == Py_T_OBJECT_EX &&
               PyType_IsSubtype(type, ((PyDescrObject *)found)->d_type)) {
        attribute->offset = ((PyMemberDescrObject *)found)->d_member->offset;
        attribute->is_plain = true;
    }
}

static bool is_as_demanded(PyObject *value, enum ct_line_demand demand)
{
    return value != NULL &&
           (demand == CT_DEMAND_NOTHING || ct_is_scalar_type(Py_TYPE(value)) ||
            (demand == CT_DEMAND_TRUTH && ct_has_plain_truth(value)));
}

static bool is_plain_attribute(struct ct_line_check *check, PyObject *object)
{
    unsigned int version = Py_TYPE(object)->tp_version_tag;
    if (version == 0)
        return false;
    if (check->version != version)
        look_up(check, object);
    if (!check->is_plain)
        return false;
    PyObject *value = check->index >= 0
                          ? ct_object_inline_item(object, check->index)
                          : *(PyObject **)((char *)object + check->offset);
    return is_as_demanded(value, check->demand);
}

static bool is_plain_dict(PyObject *object)
{
    return PyDict_CheckExact(object) && ct_dict_has_plain_keys(object);
}

static bool is_plain_item(const struct ct_line_check *check, PyObject *object)
{
    Py_hash_t hash = ((PyASCIIObject *)check->name)->hash;
    return hash != -1 && is_plain_dict(object) &&
           is_as_demanded(_PyDict_GetItem_KnownHash(object, check->name, hash),
                          check->demand);
}

static bool is_harmless_method(struct ct_line_check *check, PyObject *object)
{
    unsigned int version = ct_class_version(Py_TYPE(object));
    if (version == 0)
        return false;
    if (check->version != version) {
        check->version = version;
        check->is_plain = ct_is_harmless_method(Py_TYPE(object), check->name);
    }
    return check->is_plain && ct_is_harmless_self(object);
}

static bool is_harmless_function(struct ct_line_check *check, PyObject *object)
{
    if (!Py_IS_TYPE(object, &PyCFunction_Type) && !Py_IS_TYPE(object, &PyCMethod_Type))
        return false;
    const PyMethodDef *method = ((PyCFunctionObject *)object)->m_ml;
    if (check->method != method) {
        check->method = method;
        check->is_plain = ct_is_harmless_function(object);
    }
    return check->is_plain && ct_is_harmless_self(PyCFunction_GET_SELF(object));
}

static bool is_bound_to_builtin(PyObject *name, PyObject *globals, PyObject *builtins)
{
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    return is_plain_dict(globals) && is_plain_dict(builtins) &&
           _PyDict_GetItem_KnownHash(globals, name, hash) == NULL &&
           ct_is_builtin(name, _PyDict_GetItem_KnownHash(builtins, name, hash));
}

static bool is_builtin(struct ct_line_check *check, const struct ct_line_start *start)
{
    PyObject *globals = ct_frame_globals(start->frame);
    uint64_t generation = ct_globals_generation();
    if (check->generation != generation || check->globals != globals) {
        PyObject *builtins = ct_frame_builtins(start->frame);
        if (globals == NULL || builtins == NULL ||
            !ct_globals_watch(start->globals, globals) ||
            !ct_globals_watch(start->globals, builtins))
            return false;
        check->is_plain = is_bound_to_builtin(check->name, globals, builtins);
        check->globals = globals;
        check->generation = generation;
    }
    return check->is_plain;
}

static inline bool has(uint64_t slots, int slot)
{
    return (slots >> slot & 1) != 0;
}

/* Whether what a check is about is as it must be. A scalar may be asked for any method
 * with a harmless name, for its truth and for what it contains. */
static bool is_fulfilled(struct ct_line_check *check, const struct ct_line_start *start)
{
    if (check->kind == CT_CHECK_BUILTIN)
        return is_builtin(check, start);
    if (!has(start->others, check->slot))
        return has(start->scalars, check->slot) &&
               (check->kind == CT_CHECK_METHOD || check->kind == CT_CHECK_TRUTH ||
                check->kind == CT_CHECK_MEMBERS);
    PyObject *object = start->values[check->slot];
    switch (check->kind) {
    case CT_CHECK_ATTRIBUTE:
        return is_plain_attribute(check, object);
    case CT_CHECK_ITEM:
        return is_plain_item(check, object);
    case CT_CHECK_MEMBERS:
        return is_plain_dict(object);
    case CT_CHECK_METHOD:
        return is_harmless_method(check, object);
    case CT_CHECK_FUNCTION:
        return is_harmless_function(check, object);
    case CT_CHECK_TRUTH:
        return ct_has_plain_truth(object);
    case CT_CHECK_BUILTIN:
        break;
    }
    return false;
}

/* Whether overwriting the objects in some slots makes none of them run code of the
 * program as it dies: something else holds it, too. Slots may hold the same one. */
static bool may_be_dropped(PyObject *const *values, uint64_t slots)
{
    for (uint64_t left = slots; left != 0; left &= left - 1) {
        PyObject *object = values[__builtin_ctzll(left)];
        Py_ssize_t held = 0;
        for (uint64_t all = slots; all != 0; all &= all - 1)
            held += values[__builtin_ctzll(all)] == object;
        if (Py_REFCNT(object) <= held && !ct_dies_plainly(object))
            return false;
    }
    return true;
}

/* About to take the next item of a plain iterator? */
static bool is_plain_loop(const struct ct_line_plan *plan,
                          const struct ct_line_start *start)
{
    PyObject *item;
    if (!may_be_dropped(start->values, plan->loop_slots & start->others) ||
        !ct_frame_iterates_plainly(start->frame, plan->loop_unit, &item))
        return false;
    return plan->loop_width == 0 || (item != NULL && PyTuple_CheckExact(item) &&
                                     PyTuple_GET_SIZE(item) == plan->loop_width);
}

bool ct_line_is_inert(struct ct_code *entry, const struct ct_line_plan *plan,
                      const struct ct_line_start *start)
{
    if (plan->loop_unit >= 0 && is_plain_loop(plan, start))
        return true;
    if (!plan->may_be_inert || (plan->loads & ~start->scalars) != 0)
        return false;
    for (int k = 0; k < plan->check_count; k++) {
        struct ct_line_check *check = &entry->checks[plan->first_check + (uint32_t)k];
        if (!is_fulfilled(check, start))
            return false;
    }
    uint64_t dropped = plan->stores & start->others;
    return dropped == 0 || may_be_dropped(start->values, dropped);
}
