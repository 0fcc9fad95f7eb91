/* The encoder: scalars, and the choice of what a value is shown as.
 *
 * Containers are in value_container.c, structs in value_object.c, bytes-likes and
 * arrays in value_buffer.c, the texts of Raw values in value_text.c. */
#include "py/value.h"

#include "base/hash.h"
#include "py/filter_value.h"
#include "py/text.h"
#include "py/value_parts.h"
#include "py/value_text.h"

void ct_encoder_init(struct ct_encoder *encoder, const struct ct_policy *policy,
                     struct ct_classes *classes, struct ct_stream *stream)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->policy = policy;
    encoder->classes = classes;
    encoder->stream = stream;
    encoder->enum_names[0] = PyUnicode_InternFromString("name");
    encoder->enum_names[1] = PyUnicode_InternFromString("value");
}

void ct_encoder_fini(struct ct_encoder *encoder)
{
    ct_buf_fini(&encoder->out);
    ct_buf_fini(&encoder->text);
    ct_buf_fini(&encoder->fields);
    ct_buf_fini(&encoder->witness.words);
    ct_buf_fini(&encoder->branches.made);
    Py_CLEAR(encoder->enum_names[0]);
    Py_CLEAR(encoder->enum_names[1]);
}

/* An int of more bits than the policy's string limit has bytes is not written out. */
static void encode_big_int(struct ct_encoder *encoder, PyObject *integer,
                           const struct ct_class_entry *entry)
{
    size_t bits = ct_int_bits(integer);
    size_t size = bits / 8 + 1; /* with room for the sign */
    if (size > (size_t)encoder->policy->max_string + 9) {
        char text[64];
        int n = snprintf(text, sizeof text, "<int, %zu bits>", bits);
        ct_encode_tag(encoder, CT_VAL_RAW);
        ct_encoder_number(encoder, entry->id);
        ct_encode_text(encoder, (struct ct_text){text, (size_t)n});
        return;
    }
    ct_encode_subclass(encoder, entry, &PyLong_Type);
    struct ct_buf *out = &encoder->out;
    if (!ct_buf_reserve(out, 2 + CT_VARINT_MAX + 2 * size))
        return;
    uint8_t *bytes = out->data + out->size + 2 + CT_VARINT_MAX + size; /* scratch */
    if (ct_int_bytes(integer, bytes, size) < 0)
        memset(bytes, 0, size);
    bool is_negative = (bytes[0] & 0x80) != 0;
    if (is_negative) { /* two's complement to magnitude */
        unsigned carry = 1;
        for (size_t i = size; i-- > 0;) {
            unsigned byte = (uint8_t)~bytes[i] + carry;
            bytes[i] = (uint8_t)byte;
            carry = byte >> 8;
        }
    }
    size_t skip = 0;
    while (skip + 1 < size && bytes[skip] == 0)
        skip++;
    ct_encode_tag(encoder, CT_VAL_BIGINT);
    ct_encode_tag(encoder, is_negative);
    ct_encode_text(encoder, (struct ct_text){(char *)bytes + skip, size - skip});
}

/* `entry` is NULL for an exact int. */
static void encode_int(struct ct_encoder *encoder, PyObject *integer,
                       struct ct_class_entry *entry)
{
    struct ct_witness *witness = &encoder->witness;
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (entry == NULL)
        ct_witness_words(witness, &integer->ob_type, 1);
    if (overflow != 0) {
        if (entry == NULL)
            entry = ct_encode_class(encoder, &PyLong_Type);
        ct_witness_opaque(witness, integer, ct_encode_opaque(encoder, integer, entry));
        return;
    }
    ct_witness_more(witness, CT_OBSERVED_LONG, integer, 1);
    ct_witness_append(witness, &value, sizeof value);
    if (entry != NULL)
        ct_encode_subclass(encoder, entry, &PyLong_Type);
    ct_encode_tag(encoder, CT_VAL_INT);
    ct_encoder_number(encoder, ct_zigzag(value));
}

static void encode_float(struct ct_encoder *encoder, PyObject *object)
{
    double value = PyFloat_AS_DOUBLE(object);
    ct_encode_tag(encoder, CT_VAL_FLOAT);
    ct_buf_append(&encoder->out, &value, sizeof value);
}

static void encode_str(struct ct_encoder *encoder, PyObject *str)
{
    struct ct_buf *out = &encoder->out;
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    if (ct_is_usual_text(encoder->policy, str) &&
        ct_buf_reserve(out, ct_usual_text_size(str))) {
        out->size = (size_t)(ct_put_usual_text(out->data + out->size, str) - out->data);
        return;
    }
    Py_ssize_t shown = Py_MIN(length, (Py_ssize_t)encoder->policy->max_string);
    if (shown < length) {
        ct_encode_tag(encoder, CT_VAL_STR_CUT);
        ct_encoder_number(encoder, (uint64_t)length);
    } else {
        ct_encode_tag(encoder, CT_VAL_STR);
    }
    ct_encoder_number(encoder, ct_text_size(str, 0, shown));
    ct_text_append(out, str, 0, shown);
}

static void encode_raw(struct ct_encoder *encoder, PyObject *object,
                       const struct ct_class_entry *entry)
{
    struct ct_buf *text = &encoder->text;
    if (entry->kind == CT_KIND_OF_EXCEPTION && encoder->verdict != NULL &&
        ct_filter_hides_exception(encoder->verdict->filter, object)) {
        ct_encode_tag(encoder, CT_VAL_REDACTED);
        return;
    }
    ct_buf_clear(text);
    ct_text_of_object(text, object, entry->kind, encoder->policy, encoder->verdict);
    encoder->out.failed |= text->failed;
    ct_encode_tag(encoder, CT_VAL_RAW);
    ct_encoder_number(encoder, entry->id);
    ct_encode_text(encoder, ct_buf_text(text));
}

/* Encodes what is not observed in all that it reads. */
static void encode_unobserved(struct ct_encoder *encoder, PyObject *object,
                              struct ct_class_entry *entry)
{
    struct ct_witness *witness = &encoder->witness;
    size_t observed = ct_witness_part(witness);
    if (entry->kind == CT_KIND_OF_INT)
        encode_big_int(encoder, object, entry);
    else if (entry->kind >= CT_KIND_OF_MEMORYVIEW)
        ct_encode_buffer(encoder, object, entry);
    else
        encode_raw(encoder, object, entry);
    witness->words.size = observed;
    ct_witness_part(witness);
}

static uint64_t note_from(const struct ct_buf *out, size_t start)
{
    return out->failed ? 0 : ct_hash_bytes(out->data + start, out->size - start, 0);
}

uint64_t ct_encode_opaque(struct ct_encoder *encoder, PyObject *object,
                          struct ct_class_entry *entry)
{
    size_t start = encoder->out.size;
    encode_unobserved(encoder, object, entry);
    return note_from(&encoder->out, start);
}

/* Encodes what is a text and no container, with what the text depends on. */
static void encode_text(struct ct_encoder *encoder, PyObject *object,
                        struct ct_class_entry *entry)
{
    struct ct_witness *witness = &encoder->witness;
    size_t start = encoder->out.size;
    encode_unobserved(encoder, object, entry);
    if (!ct_witness_names(witness, object, entry->kind))
        ct_witness_opaque(witness, object, note_from(&encoder->out, start));
}

static void encode_as(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry)
{
    struct ct_witness *witness = &encoder->witness;
    encoder->has_only_scalars = false;
    if (entry->version == 0)
        encoder->is_verifiable = false;
    ct_witness_number(witness, object, CT_OBSERVED_CLASS, entry->version);
    switch (entry->kind) {
    case CT_KIND_OF_STRUCT:
    case CT_KIND_OF_DATACLASS:
        ct_encode_object(encoder, object, entry);
        break;
    case CT_KIND_OF_OBJECT:
        if (ct_is_hidden(object)) {
            ct_encode_tag(encoder, object == ct_hidden_value(CT_ACTION_DROP)
                                       ? CT_VAL_DROPPED
                                       : CT_VAL_REDACTED);
            break;
        }
        ct_encode_tag(encoder, CT_VAL_OBJECT);
        ct_encoder_number(encoder, entry->id);
        break;
    case CT_KIND_OF_INT:
        encode_int(encoder, object, entry);
        break;
    case CT_KIND_OF_FLOAT:
        ct_witness_words(witness, &((PyFloatObject *)object)->ob_fval, 1);
        ct_encode_subclass(encoder, entry, &PyFloat_Type);
        encode_float(encoder, object);
        break;
    case CT_KIND_OF_STR:
        ct_witness_text(witness, object, encoder->policy->max_string);
        ct_encode_subclass(encoder, entry, &PyUnicode_Type);
        encode_str(encoder, object);
        break;
    case CT_KIND_OF_BYTES:
    case CT_KIND_OF_BYTEARRAY:
        ct_encode_buffer(encoder, object, entry);
        break;
    default:
        if (entry->kind <= CT_KIND_OF_STRUCT)
            ct_encode_container(encoder, object, entry);
        else
            encode_text(encoder, object, entry);
    }
}

/* Whether a value of this kind, inside another one, has something in it. */
static inline bool is_branch(const struct ct_encoder *encoder, enum ct_class_kind kind)
{
    return encoder->depth > 0 && encoder->depth < encoder->depth_limit &&
           kind >= CT_KIND_OF_LIST && kind <= CT_KIND_OF_STRUCT;
}

static void encode_by_class(struct ct_encoder *encoder, PyObject *object)
{
    struct ct_class_entry *entry = ct_encode_class(encoder, Py_TYPE(object));
    struct ct_branch_scope scope;
    if (!is_branch(encoder, entry->kind)) {
        encode_as(encoder, object, entry);
    } else if (!ct_branch_begin(encoder, object, &scope)) {
        encode_as(encoder, object, ct_encode_class(encoder, Py_TYPE(object)));
        ct_branch_end(encoder, &scope);
    }
}

/* Writes an exact float or small int, for which there must be room: gives the end; NULL
 * for anything else. */
static inline uint8_t *put_number(uint8_t *at, struct ct_witness *witness,
                                  PyObject *object)
{
    if (Py_IS_TYPE(object, &PyFloat_Type)) {
        uint64_t bits = ct_float_bits(object);
        ct_witness_number(witness, object, CT_OBSERVED_FLOAT, bits);
        *at = CT_VAL_FLOAT;
        memcpy(at + 1, &bits, sizeof bits);
        return at + 1 + sizeof bits;
    }
    if (Py_IS_TYPE(object, &PyLong_Type) &&
        PyUnstable_Long_IsCompact((PyLongObject *)object)) {
        int64_t value = PyUnstable_Long_CompactValue((PyLongObject *)object);
        if (!_Py_IsImmortal(object))
            ct_witness_number(witness, object, CT_OBSERVED_INT, (uint64_t)value);
        *at = CT_VAL_INT;
        return ct_varint_put(at + 1, ct_zigzag(value));
    }
    return NULL;
}

void ct_encode_node(struct ct_encoder *encoder, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    encoder->nodes_left--;
    struct ct_buf *out = &encoder->out;
    struct ct_witness *witness = &encoder->witness;
    if (!ct_buf_reserve(out, 1 + CT_VARINT_MAX))
        return;
    uint8_t *end = put_number(out->data + out->size, witness, object);
    if (end != NULL) {
        out->size = (size_t)(end - out->data);
    } else if (type == &PyLong_Type) {
        encode_int(encoder, object, NULL);
    } else if (type == &PyUnicode_Type) {
        ct_witness_text(witness, object, encoder->policy->max_string);
        encode_str(encoder, object);
    } else if (object == Py_None) {
        ct_encode_tag(encoder, CT_VAL_NONE);
    } else if (type == &PyBool_Type) {
        ct_encode_tag(encoder, object == Py_True ? CT_VAL_TRUE : CT_VAL_FALSE);
    } else {
        encode_by_class(encoder, object);
    }
}

/* Encodes the numbers that the objects begin with; gives how many those are. Room is
 * made once for all, since numbers often come in rows. */
static Py_ssize_t encode_numbers(struct ct_encoder *encoder, PyObject *const *objects,
                                 Py_ssize_t count)
{
    struct ct_buf *out = &encoder->out;
    struct ct_witness *witness = &encoder->witness;
    count = Py_MIN(count, encoder->nodes_left + 1);
    if (!ct_buf_reserve(out, (size_t)count * (1 + CT_VARINT_MAX)))
        return 0;
    uint8_t *at = out->data + out->size;
    Py_ssize_t i = 0;
    for (uint8_t *end; i < count && objects[i] != NULL; i++, at = end) {
        end = put_number(at, witness, objects[i]);
        if (end == NULL)
            break;
    }
    out->size = (size_t)(at - out->data);
    encoder->nodes_left -= (int)i;
    return i;
}

void ct_encode_nodes(struct ct_encoder *encoder, PyObject *const *objects,
                     Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count && encoder->nodes_left >= 0; i++) {
        i += encode_numbers(encoder, objects + i, count - i);
        if (i < count && encoder->nodes_left >= 0)
            ct_encode_node(encoder, objects[i] != NULL ? objects[i] : Py_None);
    }
}

void ct_encode_pair(struct ct_encoder *encoder, PyObject *key, PyObject *value)
{
    struct ct_buf *out = &encoder->out;
    struct ct_witness *witness = &encoder->witness;
    if (!PyUnicode_CheckExact(key) || !ct_is_usual_text(encoder->policy, key) ||
        !ct_buf_reserve(out, 1 + ct_usual_text_size(key) + 1 + CT_VARINT_MAX)) {
        ct_encode_tag(encoder, CT_VAL_PAIR);
        ct_encode_node(encoder, key);
        ct_encode_node(encoder, value);
        return;
    }
    uint8_t *at = out->data + out->size;
    *at++ = CT_VAL_PAIR;
    ct_witness_text(witness, key, encoder->policy->max_string);
    at = ct_put_usual_text(at, key);
    uint8_t *end = put_number(at, witness, value);
    encoder->nodes_left -= end == NULL ? 1 : 2;
    out->size = (size_t)((end == NULL ? at : end) - out->data);
    if (end == NULL)
        ct_encode_node(encoder, value);
}

/* Whether what was encoded tells that there are too many nodes for one level more. */
static bool is_too_much_below(const struct ct_encoder *encoder)
{
    return encoder->nodes_below > encoder->nodes_left &&
           encoder->policy->max_depth * 2 <= CT_VALUE_MAX_DEPTH;
}

/* Forgets the observations made at greater depths, from byte `start` to `end`. */
static void forget_deeper(struct ct_encoder *encoder, size_t start, size_t end)
{
    struct ct_buf *witness = &encoder->witness.words;
    if (witness->failed)
        return;
    memmove(witness->data + start, witness->data + end, witness->size - end);
    witness->size -= end - start;
    ct_branches_move(&encoder->branches, end - start);
}

static void encode_to(struct ct_encoder *encoder, PyObject *object, int depth)
{
    encoder->depth_limit = depth;
    encoder->nodes_left = encoder->policy->max_nodes;
    encoder->depth = encoder->records = 0;
    encoder->nodes_below = 0;
    encoder->fields.size = 0;
    ct_branches_begin(encoder);
    ct_encode_node(encoder, object);
}

/* Encodes to the depth to which the object, or another one at the same place, was cut
 * last time, if what is there tells that it has to be cut so again. */
static bool encode_cut_as_before(struct ct_encoder *encoder, PyObject *object,
                                 int depth)
{
    size_t start = encoder->out.size;
    encode_to(encoder, object, depth);
    if (encoder->nodes_left >= 0 && is_too_much_below(encoder))
        return true;
    encoder->out.size = start;
    ct_witness_begin(&encoder->witness, object);
    encoder->is_verifiable = true;
    return false;
}

/* Encodes to the greatest depth at which there are not too many nodes. Gives that depth
 * if what is there tells that it is cut; else 0. */
static int encode_fitting(struct ct_encoder *encoder, PyObject *object)
{
    int depth = Py_MIN(encoder->policy->max_depth, CT_VALUE_MAX_DEPTH);
    size_t start = encoder->out.size, deeper = 0;
    for (;; depth--) {
        encode_to(encoder, object, depth);
        if (encoder->nodes_left >= 0 || depth <= 1)
            break;
        encoder->out.size = start; /* too much: one level less */
        deeper = ct_witness_part(&encoder->witness);
    }
    if (deeper == 0 || !is_too_much_below(encoder))
        return 0;
    forget_deeper(encoder, sizeof object, deeper);
    return depth;
}

bool ct_encode(struct ct_encoder *encoder, PyObject *object)
{
    uint8_t *cut = &encoder->depths[ct_address_place(object, CT_ENCODER_DEPTH_BITS)];
    ct_witness_begin(&encoder->witness, object);
    encoder->is_verifiable = true;
    if (*cut == 0 || !encode_cut_as_before(encoder, object, *cut))
        *cut = (uint8_t)encode_fitting(encoder, object);
    encoder->is_verifiable &= !encoder->witness.words.failed;
    encoder->proof = ct_buf_text(&encoder->witness.words);
    return !encoder->out.failed;
}

bool ct_encode_scalar(struct ct_encoder *encoder, PyObject *object)
{
    ct_buf_clear(&encoder->witness.words);
    encoder->nodes_left = encoder->policy->max_nodes;
    ct_encode_node(encoder, object);
    return !encoder->out.failed;
}
