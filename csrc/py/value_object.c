/* Objects with named fields: plain objects, dataclasses, namedtuples, enum members.
 *
 * Fields are collected on a stack of the encoder's, since objects nest; nothing is
 * asked of the class but what it stores. */
#include "py/value.h"

#include "py/class_layout.h"
#include "py/filter_value.h"
#include "py/object.h"
#include "py/text.h"
#include "py/value_parts.h"

struct collection {
    struct ct_encoder *encoder;
    size_t start;              /* of this object's fields, bytes into encoder->fields */
    Py_ssize_t limit;          /* fields to keep */
    Py_ssize_t total;          /* fields there are */
    int dropped;               /* fields that a filter drops */
    bool is_filtered;          /* it hides some */
    bool is_reordered;         /* fields do not come as they are stored */
    struct ct_verdict *fields; /* borrowed: its verdict, or NULL */
};

static struct ct_field *fields_of(const struct collection *collection)
{
    return (struct ct_field *)(void *)(collection->encoder->fields.data +
                                       collection->start);
}

static int count_of(const struct collection *collection)
{
    return (int)((collection->encoder->fields.size - collection->start) /
                 sizeof(struct ct_field));
}

static void add_open(struct collection *collection, PyObject *name, PyObject *value)
{
    struct ct_field field = {name, value};
    collection->total++;
    if (collection->total <= collection->limit)
        ct_buf_append(&collection->encoder->fields, &field, sizeof field);
}

/* Adds what a filter leaves of a field. */
static void add(struct collection *collection, PyObject *name, PyObject *value)
{
    if (collection->fields != NULL) {
        PyObject *shown = ct_filter_field(collection->fields, name, value);
        collection->is_filtered |= shown != value;
        collection->dropped += shown == NULL;
        value = shown;
    }
    if (value != NULL)
        add_open(collection, name, value);
}

static int visit_attribute(PyObject *name, PyObject *value, void *arg)
{
    struct collection *collection = arg;
    add(collection, name, value);
    return collection->total >= collection->limit;
}

/* Whether no member of the layout is hidden, found out once for a verdict. */
static bool has_open_members(struct ct_class_layout *layout, struct ct_verdict *fields)
{
    if (fields == NULL || layout->open_members == fields)
        return true;
    for (int i = 0; i < layout->member_count; i++) {
        if (ct_verdict_action(fields, CT_FILTER_ATTRIBUTE, layout->members[i].name) !=
            CT_ACTION_ALLOW)
            return false;
    }
    layout->open_members = fields;
    return true;
}

/* Fields that lie in the object, then those in its dict. */
static void collect_attributes(struct collection *collection, PyObject *object,
                               struct ct_class_layout *layout)
{
    bool is_open = has_open_members(layout, collection->fields);
    for (int i = 0; i < layout->member_count; i++) {
        const struct ct_member *member = &layout->members[i];
        PyObject *value = *(PyObject **)((char *)object + member->offset);
        if (value != NULL)
            (is_open ? add_open : add)(collection, member->name, value);
    }
    Py_ssize_t before = collection->total;
    int dropped = collection->dropped;
    Py_ssize_t stored = ct_object_visit_dict(object, visit_attribute, collection);
    collection->total = before + stored - (collection->dropped - dropped);
}

/* Brings a dataclass's own fields to the front, in the order of their definition. */
static void order_fields(struct collection *collection, PyObject *field_names)
{
    struct ct_field *fields = fields_of(collection);
    int count = count_of(collection), placed = 0;
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    if (field_names == NULL || !PyDict_CheckExact(field_names))
        return;
    while (placed < count && PyDict_Next(field_names, &pos, &name, &value)) {
        int i = placed;
        while (i < count && fields[i].name != name)
            i++;
        if (i == count)
            continue;
        collection->is_reordered |= i != placed;
        struct ct_field field = fields[i];
        memmove(&fields[placed + 1], &fields[placed],
                (size_t)(i - placed) * sizeof field);
        fields[placed++] = field;
    }
}

static void collect_tuple(struct collection *collection, PyObject *object,
                          PyObject *field_names)
{
    Py_ssize_t count = PyTuple_GET_SIZE(object);
    if (field_names == NULL || !PyTuple_CheckExact(field_names) ||
        PyTuple_GET_SIZE(field_names) != count)
        return;
    Py_ssize_t i = 0;
    for (; i < count && collection->total < collection->limit; i++) {
        PyObject *name = PyTuple_GET_ITEM(field_names, i);
        PyObject *value = PyTuple_GET_ITEM(object, i);
        add(collection, name, value != NULL ? value : Py_None);
    }
    collection->total += count - i; /* not looked at */
}

static int visit_enum(PyObject *name, PyObject *value, void *arg)
{
    PyObject **parts = arg;
    if (ct_text_equals(name, "_name_"))
        parts[0] = value;
    else if (ct_text_equals(name, "_value_"))
        parts[1] = value;
    return parts[0] != NULL && parts[1] != NULL;
}

/* `_name_` and `_value_`. */
static void collect_enum(struct collection *collection, PyObject *object)
{
    PyObject *parts[2] = {NULL, NULL};
    ct_object_visit_dict(object, visit_enum, parts);
    for (int i = 0; i < 2; i++) {
        if (parts[i] != NULL)
            add(collection, collection->encoder->enum_names[i], parts[i]);
    }
}

/* Observes a dict of attributes: its entries, and their names. */
static void observe_dict(struct ct_witness *witness, PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t pos = 0;
    ct_witness_words(witness, &((PyDictObject *)dict)->ma_used, 1);
    ct_dict_witness(witness, dict, PyDict_GET_SIZE(dict));
    while (PyDict_Next(dict, &pos, &name, &value)) {
        if (PyUnicode_CheckExact(name))
            ct_witness_text(witness, name, PY_SSIZE_T_MAX);
    }
}

/* Observes where the fields are stored. */
static void observe_fields(struct ct_encoder *encoder, PyObject *object,
                           enum ct_class_kind kind,
                           const struct ct_class_layout *layout)
{
    if (kind == CT_KIND_OF_NAMEDTUPLE) {
        ct_witness_words(&encoder->witness, ((PyTupleObject *)object)->ob_item,
                         (size_t)Py_SIZE(object));
        return;
    }
    for (int i = 0; i < layout->member_count; i++)
        ct_witness_words(&encoder->witness, (char *)object + layout->members[i].offset,
                         1);
    ct_object_witness(&encoder->witness, object);
    PyObject *dict = ct_object_dict(object);
    if (dict != NULL)
        observe_dict(&encoder->witness, dict);
}

/* Keeps the shape of an object whose fields all lie inline. */
static void keep_shape(const struct collection *collection, PyObject *object,
                       struct ct_class_layout *layout, uint64_t shape)
{
    PyObject *scratch[CT_INLINE_MAX];
    uint64_t names;
    int stored;
    if (layout->member_count != 0 ||
        ct_object_inline_values(object, scratch, &stored, &names) == NULL ||
        !collection->encoder->is_verifiable || count_of(collection) != stored ||
        collection->is_filtered || collection->is_reordered)
        return;
    layout->inline_fields = collection->fields;
    layout->inline_names = names;
    layout->inline_count = stored;
    layout->inline_shape = shape;
}

static void encode_fields(struct collection *collection)
{
    struct ct_encoder *encoder = collection->encoder;
    int count = count_of(collection);
    for (int i = 0; i < count && encoder->nodes_left >= 0; i++)
        ct_encode_node(encoder, fields_of(collection)[i].value);
    if (count < collection->total)
        ct_encode_cut(encoder, collection->total - count);
}

static void collect(struct collection *collection, PyObject *object,
                    enum ct_class_kind kind, struct ct_class_layout *layout)
{
    if (kind == CT_KIND_OF_NAMEDTUPLE) {
        collect_tuple(collection, object, layout->field_names);
    } else if (kind == CT_KIND_OF_ENUM) {
        collect_enum(collection, object);
    } else {
        collect_attributes(collection, object, layout);
        if (kind == CT_KIND_OF_DATACLASS)
            order_fields(collection, layout->field_names);
    }
}

void ct_encode_struct(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry, struct ct_class_layout *layout)
{
    struct collection collection = {
        .encoder = encoder,
        .start = encoder->fields.size,
        .limit = encoder->policy->max_items,
        .fields = ct_encoder_fields(encoder),
    };
    uint64_t shape = CT_ID_NONE, id = entry->id;
    if (layout != NULL && !encoder->fields.failed) {
        collect(&collection, object, entry->kind, layout);
        int kept = count_of(&collection);
        if (kept != Py_MIN(collection.total, collection.limit) || collection.dropped)
            encoder->is_verifiable = false; /* some names are no strings, or hidden */
        Py_ssize_t shown =
            ct_encode_shown_items(encoder, collection.total, collection.limit, 1);
        int count = (int)Py_MIN(shown, kept);
        shape = ct_class_layout_shape(encoder->classes, encoder->stream, entry,
                                      fields_of(&collection), count,
                                      count < collection.total);
        encoder->fields.size =
            collection.start + (size_t)count * sizeof(struct ct_field);
        observe_fields(encoder, object, entry->kind, layout);
        if (entry->kind == CT_KIND_OF_STRUCT || entry->kind == CT_KIND_OF_DATACLASS)
            keep_shape(&collection, object, layout, shape);
    } else {
        encoder->is_verifiable = false; /* memory is out: nothing was observed */
    }
    if (shape == CT_ID_NONE || collection.total == 0) {
        ct_encode_tag(encoder, CT_VAL_OBJECT);
        ct_encoder_number(encoder, id);
    } else {
        ct_encode_tag(encoder, CT_VAL_STRUCT);
        ct_encoder_number(encoder, shape);
        encode_fields(&collection);
    }
    encoder->fields.size = collection.start;
}

/* Fields that lie inline, of a shape that is known. */
static void encode_inline(struct ct_encoder *encoder, PyObject *object,
                          PyObject *const *values, int count, uint64_t shape)
{
    ct_object_witness(&encoder->witness, object);
    ct_encode_tag(encoder, CT_VAL_STRUCT);
    ct_encoder_number(encoder, shape);
    ct_encode_nodes(encoder, values, count);
}

void ct_encode_object(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry)
{
    PyObject *scratch[CT_INLINE_MAX];
    uint64_t names = 0;
    int count = 0;
    enum ct_class_kind kind = entry->kind;
    struct ct_class_layout *layout = ct_class_layout_get(entry);
    PyObject *const *values = NULL;
    if (layout != NULL && layout->member_count == 0)
        values = ct_object_inline_values(object, scratch, &count, &names);
    if (ct_encode_is_open(encoder, object)) {
        ct_encode_tag(encoder, CT_VAL_CYCLE);
        return;
    }
    if (ct_encode_is_below(encoder, kind)) {
        ct_encode_tag(encoder, CT_VAL_OBJECT);
        ct_encoder_number(encoder, entry->id);
        return;
    }
    ct_encode_open(encoder, object, kind);
    if (values != NULL && count > 0 && encoder->depth_limit > 1 &&
        layout->inline_shape != CT_ID_NONE && layout->inline_names == names &&
        layout->inline_count == count &&
        layout->inline_fields == ct_encoder_fields(encoder))
        encode_inline(encoder, object, values, count, layout->inline_shape);
    else
        ct_encode_struct(encoder, object, entry, layout);
    ct_encode_close(encoder, kind);
}
