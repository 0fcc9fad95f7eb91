/* Shared by the files that encode values; nobody else includes this. */
#pragma once

#include "py/value.h"

struct ct_class_layout;

/* Encodes one node at the encoder's present depth; counts it. */
void ct_encode_node(struct ct_encoder *encoder, PyObject *object);
/* The same for several, as far as the node limit has room; NULL stands for None. */
void ct_encode_nodes(struct ct_encoder *encoder, PyObject *const *objects,
                     Py_ssize_t count);
/* A pair of a dict: two nodes. */
void ct_encode_pair(struct ct_encoder *encoder, PyObject *key, PyObject *value);
/* Encodes a container or struct: as a mark if it is open already or lies too deep. */
void ct_encode_container(struct ct_encoder *encoder, PyObject *object,
                         struct ct_class_entry *entry);
/* Encodes the fields of an object whose class is one of the struct kinds, open already.
 * `layout` is the class's, or NULL if memory was out when its kind was noted. */
void ct_encode_struct(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry, struct ct_class_layout *layout);
/* Encodes an object or dataclass with all its observations. */
void ct_encode_object(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry);
/* Encodes bytes-likes and arrays. */
void ct_encode_buffer(struct ct_encoder *encoder, PyObject *object,
                      struct ct_class_entry *entry);
/* Encodes what it would not be worth while to observe in all it reads: a Raw text, an
 * array, a memoryview, an int of more than 64 bits. Gives a note of all its bytes, by
 * which encoding it again tells whether it has changed; adds no observation. */
uint64_t ct_encode_opaque(struct ct_encoder *encoder, PyObject *object,
                          struct ct_class_entry *entry);
/* The mark for `more` items that are not shown; a node. */
void ct_encode_cut(struct ct_encoder *encoder, Py_ssize_t more);

/* How many of `length` items are shown, `limit` at most, each of `width` nodes. On the
 * outermost level, when no deeper one is shown, as many as the node limit has room for.
 */
Py_ssize_t ct_encode_shown_items(const struct ct_encoder *encoder, Py_ssize_t length,
                                 Py_ssize_t limit, int width);

static inline uint64_t ct_float_bits(PyObject *real)
{
    double value = PyFloat_AS_DOUBLE(real);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Whether a container is open already, so that it is shown as a cycle. */
static inline bool ct_encode_is_open(const struct ct_encoder *encoder, PyObject *object)
{
    for (int i = 0; i < encoder->depth; i++) {
        if (encoder->open[i] == object)
            return true;
    }
    return false;
}

static inline bool ct_is_dict_kind(enum ct_class_kind kind)
{
    return kind == CT_KIND_OF_DICT ||
           (kind >= CT_KIND_OF_MAPPINGPROXY && kind <= CT_KIND_OF_DICT_ITEMS);
}

/* The nodes that an item of a container is: two for a pair of a dict. */
static inline int ct_item_nodes(enum ct_class_kind kind)
{
    return ct_is_dict_kind(kind) && kind != CT_KIND_OF_DICT_KEYS &&
                   kind != CT_KIND_OF_DICT_VALUES
               ? 2
               : 1;
}

/* Whether a container of this kind lies too deep to be opened. */
static inline bool ct_encode_is_below(const struct ct_encoder *encoder,
                                      enum ct_class_kind kind)
{
    int records = ct_is_dict_kind(kind) ? 2 : 1; /* a dict's pairs are tuples */
    return encoder->depth >= encoder->depth_limit ||
           encoder->records + records > CT_VALUE_MAX_DEPTH;
}

static inline void ct_encode_open(struct ct_encoder *encoder, PyObject *object,
                                  enum ct_class_kind kind)
{
    encoder->open[encoder->depth++] = object;
    encoder->records += ct_is_dict_kind(kind) ? 2 : 1;
}

static inline void ct_encode_close(struct ct_encoder *encoder, enum ct_class_kind kind)
{
    encoder->depth--;
    encoder->records -= ct_is_dict_kind(kind) ? 2 : 1;
}

/* The dict a view or proxy stands for, or NULL if there is none to read. */
PyObject *ct_dict_behind(PyObject *object, enum ct_class_kind kind);

/* The number of items of a container, or -1 of kinds that have fields. */
Py_ssize_t ct_container_length(PyObject *object, enum ct_class_kind kind);

/* The C slots of a deque, of which its class may be a subclass. */
const PySequenceMethods *ct_deque_methods(PyObject *deque);

static inline struct ct_class_entry *ct_encode_class(struct ct_encoder *encoder,
                                                     PyTypeObject *type)
{
    return ct_classes_get(encoder->classes, encoder->stream, type);
}

static inline void ct_encode_tag(struct ct_encoder *encoder, unsigned tag)
{
    ct_buf_append_byte(&encoder->out, (uint8_t)tag);
}

/* Length and bytes; the text may lie in the buffer's free room. */
static inline void ct_encode_text(struct ct_encoder *encoder, struct ct_text text)
{
    struct ct_buf *out = &encoder->out;
    ct_encoder_number(encoder, text.size);
    if (text.size != 0 && !out->failed && text.size <= out->capacity - out->size) {
        memmove(out->data + out->size, text.bytes, text.size);
        out->size += text.size;
    } else {
        ct_buf_append_text(out, text);
    }
}

/* Names the class in front of a value whose tag says a builtin, unless it is that. */
static inline void ct_encode_subclass(struct ct_encoder *encoder,
                                      const struct ct_class_entry *entry,
                                      const PyTypeObject *builtin)
{
    if (entry->type != builtin) {
        ct_encode_tag(encoder, CT_VAL_CLASS);
        ct_encoder_number(encoder, entry->id);
    }
}
