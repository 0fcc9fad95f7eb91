/* One pass over the dict a step, in step with the pass before; or, as long as nothing
 * but a few names of a watched dict was bound to other objects, over the bindings.
 *
 * Bindings are kept in the order in which they were first seen, which is nearly always
 * the dict's own; a hash table by the key's address finds the others. A key's address
 * counts only together with its string hash: the key may have died. */
#include "py/namespace.h"

#include "py/filter_code.h"
#include "py/filter_value.h"
#include "py/frame.h"
#include "py/globals.h"
#include "py/line_plan.h"
#include "py/policy.h"
#include "py/text.h"
#include "py/variables.h"

#include <stdlib.h>

struct binding {
    PyObject *key; /* borrowed, maybe dead */
    Py_hash_t hash;
    PyObject *object;  /* what it was bound to at the last step, maybe dead */
    PyObject *rebound; /* what it has been bound to since, while bindings are read */
    uint32_t seen;     /* the last pass in which it was bound */
    int slot;          /* -1: has not shown yet */
    const PyTypeObject *type; /* of that object; decides … */
    bool is_definition;       /* … this: a module, function or class */
    bool is_told;             /* its dict's watcher has told that it was bound anew */
    bool is_hidden;           /* a dunder name, or hidden by a filter: does not show */
    bool is_redacted;         /* by a filter: its name shows all the same */
};

struct ct_namespace {
    struct binding *bindings; /* owned */
    uint32_t count, capacity;
    uint32_t *places; /* owned: index + 1 by key, twice as many as bindings; 0 = free */
    uint32_t *open;   /* owned: indexes of bindings that may show something new though
                         they were not bound anew: what is no scalar can change */
    uint32_t open_count;
    uint32_t pass;        /* passes so far */
    const PyObject *dict; /* the one last read, if it is watched: identity */
    uint64_t generation;  /* … and when (globals.h) */
};

struct ct_namespace *ct_namespace_new(void)
{
    return calloc(1, sizeof(struct ct_namespace));
}

void ct_namespace_free(struct ct_namespace *names)
{
    if (names == NULL)
        return;
    free(names->bindings);
    free(names->places);
    free(names->open);
    free(names);
}

bool ct_is_definition(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);
    if (type == &PyLong_Type || type == &PyUnicode_Type || type == &PyFloat_Type ||
        type == &PyDict_Type || type == &PyList_Type || type == &PyTuple_Type ||
        object == Py_None) /* the test for modules walks over the class's bases */
        return false;
    return PyFunction_Check(object) || PyType_Check(object) || PyModule_Check(object) ||
           PyCFunction_Check(object);
}

static uint32_t first_place(const struct ct_namespace *names, const PyObject *key)
{
    return (uint32_t)(((uintptr_t)key >> 4) * 0x9e3779b97f4a7c15u >> 32) &
           (2 * names->capacity - 1);
}

/* Places binding `index`, or, with a key only, finds its place. */
static uint32_t find_place(const struct ct_namespace *names, const PyObject *key,
                           Py_hash_t hash)
{
    uint32_t place = first_place(names, key);
    for (; names->places[place] != 0; place = (place + 1) & (2 * names->capacity - 1)) {
        const struct binding *binding = &names->bindings[names->places[place] - 1];
        if (binding->key == key && binding->hash == hash)
            break;
    }
    return place;
}

static bool grow(struct ct_namespace *names)
{
    uint32_t capacity = names->capacity == 0 ? 32 : names->capacity * 2;
    struct binding *bindings =
        realloc(names->bindings, capacity * sizeof *names->bindings);
    if (bindings == NULL)
        return false;
    names->bindings = bindings;
    uint32_t *open = realloc(names->open, capacity * sizeof *names->open);
    if (open == NULL)
        return false;
    names->open = open;
    uint32_t *places = calloc(2 * (size_t)capacity, sizeof *places);
    if (places == NULL)
        return false;
    free(names->places);
    names->places = places;
    names->capacity = capacity;
    for (uint32_t i = 0; i < names->count; i++)
        places[find_place(names, bindings[i].key, bindings[i].hash)] = i + 1;
    return true;
}

/* Takes in what a filter says about the name. */
static void judge(struct binding *binding, const struct ct_code *code)
{
    enum ct_action action = ct_filter_name_action(code, binding->key);
    binding->is_hidden = action != CT_ACTION_ALLOW;
    binding->is_redacted = action == CT_ACTION_REDACT;
    ct_filter_count(code->verdict->filter,
                    code->is_namespace ? CT_FILTER_LOCAL : CT_FILTER_GLOBAL, action);
}

/* The binding of `key`, made if there is none; `hint` is where it probably stands. */
static struct binding *binding_of(struct ct_namespace *names,
                                  const struct ct_code *code, PyObject *key,
                                  uint32_t hint)
{
    Py_hash_t hash = ((PyASCIIObject *)key)->hash;
    if (hint < names->count && names->bindings[hint].key == key &&
        names->bindings[hint].hash == hash)
        return &names->bindings[hint];
    if (names->count == names->capacity && !grow(names))
        return NULL;
    uint32_t place = find_place(names, key, hash);
    if (names->places[place] == 0) {
        struct binding *binding = &names->bindings[names->count];
        *binding = (struct binding){
            .key = key, .hash = hash, .slot = -1, .is_hidden = ct_text_is_dunder(key)};
        if (!binding->is_hidden)
            judge(binding, code);
        names->places[place] = ++names->count;
    }
    return &names->bindings[names->places[place] - 1];
}

int ct_namespace_slot(const struct ct_namespace *names, PyObject *name)
{
    if (names->capacity == 0)
        return -1;
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    uint32_t place = find_place(names, name, hash);
    if (names->places[place] != 0 &&
        names->bindings[names->places[place] - 1].seen == names->pass)
        return names->bindings[names->places[place] - 1].slot;
    /* A key need not be interned: then its address is not that of the code's name. */
    for (uint32_t i = 0; i < names->count; i++) {
        const struct binding *binding = &names->bindings[i];
        if (binding->hash == hash && binding->seen == names->pass &&
            PyUnicode_Compare(binding->key, name) == 0)
            return binding->slot;
    }
    return -1;
}

static bool give_slot(struct ct_thread *thread, struct ct_shadow *top,
                      struct binding *binding)
{
    uint64_t name = ct_names_id(thread->codes->names, &thread->stream, binding->key);
    uint32_t slot = top->slot_count;
    if (name == CT_ID_NONE || !ct_thread_reserve_slots(thread, top, slot + 1) ||
        !ct_stream_reserve(&thread->stream, 1 + 2 * CT_VARINT_MAX))
        return false;
    *thread->stream.cursor++ = CT_REC_SLOT;
    ct_stream_number(&thread->stream, slot);
    ct_stream_number(&thread->stream, name);
    binding->slot = (int)slot;
    thread->values[slot] = NULL;
    return true;
}

/* Whether a name shows at this step; `is_new`: it was bound since the last one. */
static inline bool is_shown(const struct ct_thread *thread, struct binding *binding,
                            PyObject *object, bool is_new)
{
    if (binding->type != Py_TYPE(object)) {
        binding->type = Py_TYPE(object);
        binding->is_definition = ct_is_definition(object);
    }
    return !binding->is_definition || thread->policy->globals == CT_GLOBALS_ALL ||
           is_new;
}

static inline uint64_t bit_of(int slot)
{
    return slot < CT_PLAN_SLOTS ? UINT64_C(1) << slot : 0;
}

/* What a binding shows at this step; adds its slot to *needed if it shows anything.
 * False on failure. */
static bool show(struct ct_namespace *names, struct ct_thread *thread,
                 struct ct_shadow *top, struct binding *binding, PyObject *object,
                 bool is_new, uint64_t *needed)
{
    if ((!binding->is_hidden || binding->is_redacted) &&
        is_shown(thread, binding, object, is_new)) {
        if (binding->slot < 0 && !give_slot(thread, top, binding))
            return false;
        thread->values[binding->slot] =
            binding->is_redacted ? ct_hidden_value(CT_ACTION_REDACT) : object;
        *needed |= bit_of(binding->slot);
        if (!ct_is_scalar_type(Py_TYPE(object)))
            names->open[names->open_count++] = (uint32_t)(binding - names->bindings);
    } else if (binding->slot >= 0) { /* a definition that is no longer new */
        ct_variables_hide(thread, top, (uint32_t)binding->slot);
    }
    binding->object = object;
    binding->rebound = NULL;
    binding->is_told = false;
    binding->seen = names->pass;
    return true;
}

/* ---- over the dict -------------------------------------------------------------- */

/* Marks the names that were bound since the last pass, as far as the last changes are
 * kept: what a name is bound to now may lie where the object before it died. */
static void mark_told(struct ct_namespace *names, const PyObject *dict)
{
    uint64_t generation = ct_globals_generation();
    if (names->dict != dict || names->capacity == 0 ||
        generation - names->generation > CT_REBINDINGS_KEPT)
        return;
    for (uint64_t i = names->generation; i < generation; i++) {
        struct ct_rebinding change = ct_globals_rebinding(i);
        if (change.dict != dict)
            continue;
        uint32_t place = find_place(names, change.key, change.hash);
        if (names->places[place] != 0)
            names->bindings[names->places[place] - 1].is_told = true;
    }
}

/* On the first pass nothing counts as just bound: it may have been there for long. */
static bool read_dict(struct ct_namespace *names, struct ct_thread *thread,
                      struct ct_shadow *top, PyObject *dict, uint64_t *needed)
{
    uint32_t before = names->pass++;
    names->open_count = 0;
    mark_told(names, dict);
    for (uint32_t slot = (uint32_t)top->code->slot_count; slot < top->slot_count;
         slot++)
        thread->values[slot] = NULL;
    PyObject *key, *object;
    Py_ssize_t pos = 0;
    uint32_t hint = 0;
    while (PyDict_Next(dict, &pos, &key, &object)) {
        if (!PyUnicode_CheckExact(key))
            continue;
        struct binding *binding = binding_of(names, top->code, key, hint);
        if (binding == NULL)
            return false;
        hint = (uint32_t)(binding - names->bindings) + 1;
        bool is_new = before > 0 && (binding->object != object ||
                                     binding->seen != before || binding->is_told);
        if (!show(names, thread, top, binding, object, is_new, needed))
            return false;
    }
    *needed = UINT64_MAX;
    return true;
}

/* ---- over the bindings ---------------------------------------------------------- */

/* Finds the names that were bound to other objects since the last pass; -1 if more has
 * changed than that, or may have. */
static int find_rebound(struct ct_namespace *names, const struct ct_thread *thread,
                        const struct ct_shadow *top, PyObject *dict,
                        struct binding *rebound[CT_REBINDINGS_KEPT])
{
    uint64_t generation = ct_globals_generation();
    uint32_t slots =
        top->slot_count + CT_REBINDINGS_KEPT; /* each may get a first one */
    if (names->dict != dict || names->capacity == 0 ||
        generation - names->generation > CT_REBINDINGS_KEPT || slots > CT_PLAN_SLOTS ||
        slots > (uint32_t)thread->policy->max_variables ||
        !ct_dict_has_plain_keys(dict))
        return -1;
    int count = 0;
    for (uint64_t i = names->generation; i < generation; i++) {
        struct ct_rebinding change = ct_globals_rebinding(i);
        if (change.dict == NULL || (change.dict == dict && change.is_added))
            return -1;
        if (change.dict != dict)
            continue;
        uint32_t place = find_place(names, change.key, change.hash);
        if (names->places[place] == 0)
            return -1;
        struct binding *binding = &names->bindings[names->places[place] - 1];
        if (binding->seen != names->pass)
            return -1;
        /* It was bound and has not been deleted: its key is alive. */
        binding->rebound = _PyDict_GetItem_KnownHash(dict, binding->key, binding->hash);
        if (binding->rebound == NULL)
            return -1;
        rebound[count++] = binding;
    }
    return count;
}

/* The same names are bound as at the last pass; those in `rebound` to other objects. */
static bool read_bindings(struct ct_namespace *names, struct ct_thread *thread,
                          struct ct_shadow *top, struct binding **rebound, int count,
                          uint64_t *needed)
{
    uint32_t open_count = names->open_count;
    names->open_count = 0;
    for (uint32_t i = 0; i < open_count; i++) {
        struct binding *binding = &names->bindings[names->open[i]];
        bool is_new = binding->rebound != NULL;
        PyObject *object = is_new ? binding->rebound : binding->object;
        if (!show(names, thread, top, binding, object, is_new, needed))
            return false;
    }
    for (int i = 0; i < count; i++) {
        PyObject *object = rebound[i]->rebound;
        if (object != NULL && /* it was not among the open ones */
            !show(names, thread, top, rebound[i], object, true, needed))
            return false;
    }
    return true;
}

/* ---- both ----------------------------------------------------------------------- */

static inline uint64_t slots_of_code(const struct ct_code *code)
{
    return code->slot_count < CT_PLAN_SLOTS ? (UINT64_C(1) << code->slot_count) - 1
                                            : UINT64_MAX;
}

bool ct_namespace_read(struct ct_namespace *names, struct ct_thread *thread,
                       struct ct_shadow *top, PyObject *dict, uint64_t *needed)
{
    struct binding *rebound[CT_REBINDINGS_KEPT];
    int count = find_rebound(names, thread, top, dict, rebound);
    *needed = slots_of_code(top->code);
    bool is_read = count >= 0
                       ? read_bindings(names, thread, top, rebound, count, needed)
                       : read_dict(names, thread, top, dict, needed);
    names->dict = NULL;
    /* A class's own dict is not worth it: it is gone soon. */
    if (is_read && dict == ct_frame_globals(top->frame) &&
        ct_globals_watch(&thread->codes->globals, dict)) {
        names->dict = dict;
        names->generation = ct_globals_generation();
    }
    return is_read;
}
