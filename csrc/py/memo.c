/* A table without probing: an object takes the place of the one that was there. */
#include "py/memo.h"

#include <stdlib.h>

#define CT_MEMO_BITS 10 /* objects kept: 1024 */
#define CT_MEMO_PLACES ((size_t)1 << CT_MEMO_BITS)
#define CT_MEMO_SIZE ((size_t)1 << 20)     /* bytes kept of all, … */
#define CT_MEMO_LARGEST ((size_t)32 << 10) /* … of one … */
#define CT_MEMO_STEP ((size_t)64)          /* … allocated in multiples of this */
#define CT_MEMO_LEAST 8 /* words of a witness that are worth a copy */

/* One object: what ct_encode made of it. The witness comes first, then the branches,
 * then the encoding. */
struct ct_memo_entry {
    const PyObject *object; /* identity; NULL: nothing is kept */
    const struct ct_verdict *verdict;
    uint8_t *data; /* owned */
    uint32_t capacity, witness_size, branches_size, size;
    int depth; /* levels opened */
};

void ct_memo_fini(struct ct_memo *memo)
{
    for (size_t i = 0; memo->entries != NULL && i < CT_MEMO_PLACES; i++)
        free(memo->entries[i].data);
    free(memo->entries);
    *memo = (struct ct_memo){0};
}

/* The place of an object; NULL when memory is out. */
static struct ct_memo_entry *find(struct ct_memo *memo, const PyObject *object)
{
    if (memo->entries == NULL)
        memo->entries = calloc(CT_MEMO_PLACES, sizeof *memo->entries);
    if (memo->entries == NULL)
        return NULL;
    return &memo->entries[ct_address_place(object, CT_MEMO_BITS)];
}

static const uint8_t *encoding_of(const struct ct_memo_entry *entry)
{
    return entry->data + entry->witness_size + entry->branches_size;
}

static bool is_encoding(const struct ct_memo_entry *entry, struct ct_text encoding)
{
    return entry->size == encoding.size &&
           memcmp(encoding_of(entry), encoding.bytes, encoding.size) == 0;
}

static bool still_holds(const struct ct_memo_entry *entry, struct ct_encoder *encoder,
                        PyObject *object, struct ct_text stale)
{
    return !is_encoding(entry, stale) &&
           ct_witness_holds(encoder, object,
                            (const uint64_t *)(const void *)entry->data,
                            entry->witness_size / sizeof(uint64_t));
}

static bool take(const struct ct_memo_entry *entry, struct ct_encoder *encoder)
{
    ct_buf_append(&encoder->out, encoding_of(entry), entry->size);
    encoder->proof = (struct ct_text){(const char *)entry->data, entry->witness_size};
    encoder->is_verifiable = true;
    return !encoder->out.failed;
}

/* Encodes an object of which something has changed. */
static bool encode_changed(const struct ct_memo_entry *entry,
                           struct ct_encoder *encoder, PyObject *object)
{
    const struct ct_former former = {
        .encoding = encoding_of(entry),
        .witness = entry->data,
        .branches =
            (const struct ct_branch *)(const void *)(entry->data + entry->witness_size),
        .count = entry->branches_size / sizeof(struct ct_branch),
        .depth = entry->depth,
    };
    encoder->branches.former = &former;
    bool is_done = ct_encode(encoder, object);
    encoder->branches.former = NULL;
    return is_done;
}

/* Gives the entry room for `size` bytes; false when memory is out, or all is forgotten
 * since it would be too much. */
static bool make_room(struct ct_memo *memo, struct ct_memo_entry *entry, size_t size)
{
    if (size <= entry->capacity)
        return true;
    size_t capacity = (size + CT_MEMO_STEP - 1) / CT_MEMO_STEP * CT_MEMO_STEP;
    if (memo->size + capacity - entry->capacity > CT_MEMO_SIZE) {
        ct_memo_fini(memo);
        return false;
    }
    uint8_t *data = realloc(entry->data, capacity);
    if (data == NULL)
        return false;
    memo->size += capacity - entry->capacity;
    entry->data = data;
    entry->capacity = (uint32_t)capacity;
    return true;
}

/* Keeps what the encoder has made from byte `start` on. */
static void keep(struct ct_memo *memo, struct ct_memo_entry *entry,
                 const struct ct_encoder *encoder, const PyObject *object, size_t start)
{
    struct ct_text witness = encoder->proof,
                   branches = ct_buf_text(&encoder->branches.made);
    size_t size = encoder->out.size - start;
    if (encoder->branches.made.failed)
        branches.size = 0;
    size_t all = witness.size + branches.size + size;
    if (!encoder->is_verifiable || witness.size < CT_MEMO_LEAST * sizeof(uint64_t) ||
        all > CT_MEMO_LARGEST || !make_room(memo, entry, all))
        return;
    entry->object = object;
    entry->verdict = encoder->verdict;
    entry->witness_size = (uint32_t)witness.size;
    entry->branches_size = (uint32_t)branches.size;
    entry->size = (uint32_t)size;
    entry->depth = encoder->depth_limit;
    memcpy(entry->data, witness.bytes, witness.size);
    if (branches.size > 0) /* there may be no buffer yet */
        memcpy(entry->data + witness.size, branches.bytes, branches.size);
    memcpy(entry->data + witness.size + branches.size, encoder->out.data + start, size);
}

bool ct_memo_encode(struct ct_memo *memo, struct ct_encoder *encoder, PyObject *object,
                    struct ct_text stale)
{
    struct ct_memo_entry *entry = NULL;
    /* A text is as cheap itself; the `**kwargs` of a frame have rules of their own. */
    if (!PyUnicode_CheckExact(object) && encoder->keywords == NULL)
        entry = find(memo, object);
    bool is_known =
        entry != NULL && entry->object == object && entry->verdict == encoder->verdict;
    if (is_known && still_holds(entry, encoder, object, stale))
        return take(entry, encoder);
    size_t start = encoder->out.size;
    if (!(is_known ? encode_changed(entry, encoder, object)
                   : ct_encode(encoder, object)))
        return false;
    if (entry != NULL)
        keep(memo, entry, encoder, object, start);
    return true;
}
