/* Whether a line is inert, by its plan and the values that it begins with. */
#include "py/class_kind.h"
#include "py/class_table.h"
#include "py/harmless.h"
#include "py/line_attribute.h"
#include "py/line_plan.h"

/* ---- what a check is about ------------------------------------------------------- */

static inline bool has(uint64_t slots, int slot)
{
    return (slots >> slot & 1) != 0;
}

static bool is_plain_dict(PyObject *object)
{
    return PyDict_CheckExact(object) && ct_dict_has_plain_keys(object);
}

/* Looks up the check's global, then the builtin, as long as nothing binds one of them
 * anew; false if that would not be noticed. */
static bool look_up_global(struct ct_line_check *check,
                           const struct ct_line_start *start)
{
    PyObject *globals = ct_frame_globals(start->frame);
    uint64_t generation = ct_globals_generation();
    if (check->generation == generation && check->globals == globals)
        return true;
    PyObject *builtins = ct_frame_builtins(start->frame);
    Py_hash_t hash = ((PyASCIIObject *)check->global)->hash;
    if (globals == NULL || builtins == NULL ||
        !ct_globals_watch(start->globals, globals) ||
        !ct_globals_watch(start->globals, builtins) || !is_plain_dict(globals) ||
        !is_plain_dict(builtins))
        return false;
    check->bound = _PyDict_GetItem_KnownHash(globals, check->global, hash);
    bool is_global = check->bound != NULL;
    if (!is_global)
        check->bound = _PyDict_GetItem_KnownHash(builtins, check->global, hash);
    check->is_plain = !is_global && ct_is_builtin(check->global, check->bound);
    check->globals = globals;
    check->generation = generation;
    return true;
}

/* The object, None standing for any scalar; NULL if there is none that is known. */
static PyObject *subject(const struct ct_code *entry, struct ct_line_check *check,
                         const struct ct_line_start *start)
{
    if (check->parent >= 0)
        return entry->checks[check->parent].found;
    if (has(start->others, check->slot))
        return start->values[check->slot];
    if (has(start->scalars, check->slot))
        return Py_None;
    return check->global != NULL && look_up_global(check, start) ? check->bound : NULL;
}

/* The key of an item, a scalar; NULL if it is not known. */
static PyObject *key_of(const struct ct_code *entry, const struct ct_line_check *check,
                        const struct ct_line_start *start)
{
    PyObject *key = check->name;
    if (check->key >= entry->local_count)
        key = entry->global_values[check->key - entry->local_count];
    else if (check->key >= 0)
        ct_frame_read(start->frame, &entry->locals[check->key], 1, &key);
    return key;
}

/* ---- kinds of checks ------------------------------------------------------------- */

static bool is_as_demanded(PyObject *value, enum ct_line_demand demand)
{
    return demand == CT_DEMAND_NOTHING ||
           (value != NULL &&
            (ct_is_scalar_type(Py_TYPE(value)) ||
             (demand == CT_DEMAND_TRUTH && ct_has_plain_truth(value))));
}

/* Finds an item of an exact list or tuple, or of a dict whose keys are texts; false if
 * that raises, or runs code. */
static bool find_item(struct ct_line_check *check, PyObject *container, PyObject *key)
{
    bool is_list = PyList_CheckExact(container);
    if (!is_list && !PyTuple_CheckExact(container)) {
        if (!is_plain_dict(container))
            return false;
        if (key != NULL && PyUnicode_CheckExact(key))
            check->found =
                _PyDict_GetItem_KnownHash(container, key, PyObject_Hash(key));
        return key == NULL || check->found != NULL;
    }
    if (key == NULL || !PyLong_CheckExact(key) ||
        !PyUnstable_Long_IsCompact((PyLongObject *)key))
        return key == NULL;
    Py_ssize_t index = PyUnstable_Long_CompactValue((PyLongObject *)key);
    index += index < 0 ? Py_SIZE(container) : 0;
    if (index < 0 || index >= Py_SIZE(container))
        return false;
    check->found = is_list ? PyList_GET_ITEM(container, index)
                           : PyTuple_GET_ITEM(container, index);
    return true;
}

static bool is_harmless_method(struct ct_line_check *check, PyObject *object)
{
    unsigned int version = ct_class_version(Py_TYPE(object));
    if (version == 0)
        return false;
    if (check->method_version != version) {
        check->method_version = version;
        check->is_plain = ct_is_harmless_method(Py_TYPE(object), check->name);
    }
    return check->is_plain && ct_is_harmless_self(object) &&
           (!PyDict_CheckExact(object) || ct_dict_has_plain_keys(object));
}

static bool is_harmless_function(struct ct_line_check *check, PyObject *object)
{
    if (!Py_IS_TYPE(object, &PyCFunction_Type) && !Py_IS_TYPE(object, &PyCMethod_Type))
        return false;
    const PyMethodDef *method = ((PyCFunctionObject *)object)->m_ml;
    PyObject *self = PyCFunction_GET_SELF(object);
    if (self == NULL)
        return false;
    if (check->function != method || check->of_class != (PyObject *)Py_TYPE(self)) {
        check->function = method;
        check->of_class = (PyObject *)Py_TYPE(self);
        check->is_plain = ct_is_harmless_function(object);
    }
    return check->is_plain && ct_is_harmless_self(self);
}

/* Whether isinstance asks nothing but the object for its class: not a metaclass. */
static bool is_plain_class(PyObject *object)
{
    if (object == NULL || !PyTuple_CheckExact(object))
        return object != NULL && Py_IS_TYPE(object, &PyType_Type);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++) {
        if (!Py_IS_TYPE(PyTuple_GET_ITEM(object, i), &PyType_Type))
            return false;
    }
    return true;
}

/* Whether the object tells its class without code: `__class__` is that of `object`. */
static bool is_plain_instance(struct ct_line_check *check, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    unsigned int version = ct_class_version(type);
    if (version == 0)
        return false;
    if (check->method_version != version) {
        check->method_version = version;
        check->is_plain = type->tp_getattro == PyObject_GenericGetAttr &&
                          ct_class_attribute(type, "__class__") ==
                              ct_class_attribute(&PyBaseObject_Type, "__class__");
    }
    return check->is_plain;
}

/* Whether going over the object runs no code, and finds tuples of `width` if that is
 * not 0: the first of its items is one, and each further one is looked at later. */
static bool is_plain_iterable(PyObject *object, int width)
{
    const PyTypeObject *type = Py_TYPE(object);
    bool is_list = type == &PyList_Type;
    if (!is_list && type != &PyTuple_Type)
        return width == 0 && (type == &PyDict_Type || type == &PySet_Type ||
                              type == &PyFrozenSet_Type || type == &PyRange_Type);
    if (width == 0 || Py_SIZE(object) == 0)
        return true;
    PyObject *first =
        is_list ? PyList_GET_ITEM(object, 0) : PyTuple_GET_ITEM(object, 0);
    return PyTuple_CheckExact(first) && PyTuple_GET_SIZE(first) == width;
}

/* ---- what is let go of ----------------------------------------------------------- */

/* Objects that a line lets go of: those in slots that it assigns, and others. */
struct dropped {
    uint64_t slots;
    PyObject *others[2]; /* or NULL */
};

static Py_ssize_t count_of(const struct dropped *dropped, PyObject *const *values,
                           const PyObject *object)
{
    Py_ssize_t count = (dropped->others[0] == object) + (dropped->others[1] == object);
    for (uint64_t left = dropped->slots; left != 0; left &= left - 1)
        count += values[__builtin_ctzll(left)] == object;
    return count;
}

static bool may_drop_one(const struct dropped *dropped, PyObject *const *values,
                         PyObject *object)
{
    return Py_REFCNT(object) > count_of(dropped, values, object) ||
           ct_dies_plainly(object, __builtin_popcountll(dropped->slots) + 2);
}

/* Whether none of them runs code of the program as it dies: something else holds it,
 * too. They may be the same one. */
static bool may_drop(const struct dropped *dropped, PyObject *const *values)
{
    for (int i = 0; i < 2; i++) {
        if (dropped->others[i] != NULL &&
            !may_drop_one(dropped, values, dropped->others[i]))
            return false;
    }
    for (uint64_t left = dropped->slots; left != 0; left &= left - 1) {
        if (!may_drop_one(dropped, values, values[__builtin_ctzll(left)]))
            return false;
    }
    return true;
}

/* Whether nothing holds an object but one slot: frames of CPython 3.14 may have more
 * that do not count. */
static bool is_held_once(PyObject *object, const struct ct_line_start *start)
{
    const struct dropped all = {.slots = start->others};
    return Py_REFCNT(object) == 1 && count_of(&all, start->values, object) == 1;
}

/* ---- all checks ------------------------------------------------------------------ */

/* Whether what a check is about is as it must be. */
static inline bool is_fulfilled(const struct ct_code *entry,
                                struct ct_line_check *check, enum ct_line_demand demand,
                                const struct ct_line_start *start)
{
    check->found = NULL;
    if (check->kind == CT_CHECK_BUILTIN)
        return look_up_global(check, start) && check->is_plain;
    PyObject *object = subject(entry, check, start);
    if (object == NULL)
        return false;
    if (ct_is_scalar_type(Py_TYPE(object))) {
        /* It can be asked for anything, or raises; but it does not grow. */
        check->found = Py_None;
        return check->kind != CT_CHECK_GROWS;
    }
    switch (check->kind) {
    case CT_CHECK_ATTRIBUTE:
        return ct_line_find_attribute(check, object) &&
               is_as_demanded(check->found, demand);
    case CT_CHECK_ITEM:
        return find_item(check, object, key_of(entry, check, start)) &&
               is_as_demanded(check->found, demand);
    case CT_CHECK_MEMBERS:
        return is_plain_dict(object) ||
               ct_compares_scalars(object, key_of(entry, check, start));
    case CT_CHECK_METHOD:
        return is_harmless_method(check, object);
    case CT_CHECK_FUNCTION:
        return is_harmless_function(check, object);
    case CT_CHECK_TRUTH:
        return ct_has_plain_truth(object);
    case CT_CHECK_ITERABLE:
        return is_plain_iterable(object, check->width);
    case CT_CHECK_INSTANCE:
        return is_plain_instance(check, object);
    case CT_CHECK_CLASS:
        return is_plain_class(object);
    case CT_CHECK_GROWS:
        return PyList_CheckExact(object) && is_held_once(object, start);
    case CT_CHECK_BUILTIN:
        break;
    }
    return false;
}

/* About to take the next item of a plain iterator? */
static bool goes_on_plainly(const struct ct_line_plan *plan,
                            const struct ct_line_start *start)
{
    struct ct_iteration next;
    if (!ct_frame_iterates_plainly(start->frame, &next) ||
        (plan->loop_width != 0 && !next.is_over && next.width != plan->loop_width))
        return false;
    const struct dropped dropped = {
        .slots = plan->loop_slots & start->others,
        .others = {next.released, next.goes_on ? NULL : next.container},
    };
    return may_drop(&dropped, start->values);
}

/* ---- lines ----------------------------------------------------------------------- */

/* Whether the line has been entered where its plan begins. */
static inline bool is_at_start(const struct ct_line_plan *plan,
                               const struct ct_line_start *start)
{
    if (plan->iter_unit < 0 && plan->below_unit < 0)
        return true;
    int unit = ct_frame_unit(start->frame);
    return unit >= 0 && (plan->iter_unit < 0 || unit <= plan->iter_unit) &&
           (plan->below_unit < 0 || unit == plan->below_unit);
}

/* Whether the checks of a line, or of its head, are fulfilled. */
static bool are_fulfilled(struct ct_code *entry, const struct ct_line_plan *plan,
                          const struct ct_line_head *head,
                          const struct ct_line_start *start)
{
    int first = (int)plan->first_check;
    int end = first + (head == NULL ? plan->check_count : head->checks);
    for (int i = first; i < end; i++) {
        struct ct_line_check *check = &entry->checks[i];
        if (head != NULL && i == head->callee) {
            PyObject *object = subject(entry, check, start);
            if (object == NULL || !ct_line_find_method(check, object))
                return false;
        } else if (!is_fulfilled(entry, check,
                                 head == NULL ? check->demand : check->head_demand,
                                 start)) {
            return false;
        }
    }
    return true;
}

/* Whether what the line lets go of may go: what slots hold that it assigns, and the
 * iterator of a loop that it leaves. */
static bool may_leave(const struct ct_line_plan *plan, uint64_t stores,
                      const struct ct_line_start *start)
{
    struct dropped dropped = {.slots = stores & start->others};
    if (plan->below_unit >= 0) {
        struct ct_iteration left;
        if (!ct_frame_iterates_plainly(start->frame, &left))
            return false;
        dropped.others[0] = left.released;
        dropped.others[1] = left.container;
    }
    return may_drop(&dropped, start->values);
}

bool ct_line_is_inert(struct ct_code *entry, const struct ct_line_plan *plan,
                      const struct ct_line_start *start)
{
    if (plan->loop_unit >= 0 && ct_frame_unit(start->frame) == plan->loop_unit)
        return goes_on_plainly(plan, start);
    return plan->may_be_inert && (plan->loads & ~start->scalars) == 0 &&
           is_at_start(plan, start) && are_fulfilled(entry, plan, NULL, start) &&
           may_leave(plan, plan->stores, start);
}

bool ct_line_has_inert_head(struct ct_code *entry, const struct ct_line_plan *plan,
                            const struct ct_line_start *start)
{
    const struct ct_line_head *head = &plan->head;
    return head->unit >= 0 && (head->loads & ~start->scalars) == 0 &&
           is_at_start(plan, start) && are_fulfilled(entry, plan, head, start) &&
           may_leave(plan, head->stores, start);
}
