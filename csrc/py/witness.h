/* Witnesses: what encoding a value has read of memory, to find out later, without
 * encoding it again, that nothing of it has changed.
 *
 * A witness is a list of words: the object's address, then *observations*. What the
 * encoder makes of a value depends on nothing but what it reads, so that as long as
 * each observation still holds, it would make the same again. An observation begins
 * with two words:
 *
 * - address | enum ct_observed, and a number or what tells a text;
 * - address | CT_OBSERVED_WORDS, and a count: so many words that lay there follow;
 * - size << 8 | kind << 3 | CT_OBSERVED_MORE, and an object: so many words follow, by
 *   the kind.
 *
 * The order matters. Nothing keeps what a witness speaks of alive: an address may be
 * read because the observations before it say that what has pointed there, and how far
 * it reaches, is as it was. So a pointer is observed before what it points at, the size
 * of an array before its items, an object's class before its fields. Only what can
 * never change or go is not observed: scalars that are immortal are known by their
 * address.
 *
 * Needs an attached thread state. */
#pragma once

#include "base/buf.h"
#include "py/class_kind.h"
#include "py/compat.h"

/* In the three lowest bits of an address, which is that of an object or a word. */
enum ct_observed {
    CT_OBSERVED_WORDS,
    CT_OBSERVED_CLASS,      /* its version, which no other class has */
    CT_OBSERVED_INT,        /* an exact int, of one digit: its value */
    CT_OBSERVED_FLOAT,      /* an exact float: its bits */
    CT_OBSERVED_TEXT,       /* an exact str: its hash */
    CT_OBSERVED_CHARACTERS, /* one whose hash is not known: its length, and behind it
                               the size of what is shown, its kind, and that */
    CT_OBSERVED_VERSION, /* a dict's, and behind it how many words hold if it has that
                            version still */
    CT_OBSERVED_MORE,
};

#define CT_OBSERVED_BITS 7

/* The word of size and kind. */
#define CT_CHARACTERS_KIND 7
#define CT_CHARACTERS_SHIFT 3

/* Kinds of CT_OBSERVED_MORE, with the words of each. What an object is has been
 * observed before. */
enum ct_observed_more {
    CT_OBSERVED_LONG,    /* value: an int of 64 bits */
    CT_OBSERVED_BYTES,   /* size, bytes: memory of any alignment; no object */
    CT_OBSERVED_DEQUE,   /* length, items */
    CT_OBSERVED_ENTRIES, /* size, keys and values: a dict */
    CT_OBSERVED_DICT,    /* dict: that of an object */
    CT_OBSERVED_OPAQUE,  /* a note of its encoding: it is encoded once more */
};

#define CT_MORE_SHIFT 3
#define CT_MORE_SIZE_SHIFT 8

struct ct_encoder;

struct ct_witness {
    struct ct_buf words;
    size_t run;          /* bytes before the last CT_OBSERVED_WORDS */
    const char *run_end; /* the address behind those */
};

/* Begins the part of a witness that can be left out alone: gives the bytes before it.
 */
static inline size_t ct_witness_part(struct ct_witness *witness)
{
    witness->run_end = NULL;
    return witness->words.size;
}

static inline void ct_witness_append(struct ct_witness *witness, const void *words,
                                     size_t size)
{
    ct_buf_append(&witness->words, words, size);
}

/* Begins the witness of an object. */
static inline void ct_witness_begin(struct ct_witness *witness, PyObject *object)
{
    ct_buf_clear(&witness->words);
    ct_witness_part(witness);
    ct_witness_append(witness, &object, sizeof object);
}

static inline void ct_witness_put(struct ct_witness *witness, uint64_t first,
                                  uint64_t second)
{
    struct ct_buf *words = &witness->words;
    uint64_t pair[] = {first, second};
    if (!ct_buf_reserve(words, sizeof pair))
        return;
    memcpy(words->data + words->size, pair, sizeof pair);
    words->size += sizeof pair;
}

/* An observation of one number. */
static inline void ct_witness_number(struct ct_witness *witness, const void *address,
                                     enum ct_observed kind, uint64_t content)
{
    ct_witness_put(witness, (uintptr_t)address | kind, content);
    witness->run_end = NULL;
}

/* `count` words at an aligned address; those that follow the last ones in memory, too,
 * make one observation with them. */
static inline void ct_witness_words(struct ct_witness *witness, const void *address,
                                    size_t count)
{
    struct ct_buf *words = &witness->words;
    size_t size = count * sizeof(uint64_t);
    if (count == 0 || !ct_buf_reserve(words, 2 * sizeof(uint64_t) + size))
        return;
    if (witness->run_end == address) {
        uint64_t *head = (uint64_t *)(void *)(words->data + witness->run);
        head[1] += count;
    } else {
        witness->run = words->size;
        ct_witness_put(witness, (uintptr_t)address | CT_OBSERVED_WORDS, count);
    }
    memcpy(words->data + words->size, address, size);
    words->size += size;
    witness->run_end = (const char *)address + size;
}

/* The head of CT_OBSERVED_MORE, before `size` words that the caller appends. */
static inline void ct_witness_more(struct ct_witness *witness,
                                   enum ct_observed_more kind, const void *object,
                                   size_t size)
{
    ct_witness_put(witness,
                   (uint64_t)size << CT_MORE_SIZE_SHIFT |
                       (uint64_t)kind << CT_MORE_SHIFT | CT_OBSERVED_MORE,
                   (uintptr_t)object);
    witness->run_end = NULL;
}

/* ct_witness_text of a str whose characters have to be observed. */
void ct_witness_characters(struct ct_witness *witness, PyObject *str, Py_ssize_t limit);

/* A str, of which `limit` characters are shown; its class has been observed if it is
 * a subclass. */
static inline void ct_witness_text(struct ct_witness *witness, PyObject *str,
                                   Py_ssize_t limit)
{
    Py_hash_t hash = ((PyASCIIObject *)str)->hash;
    if (!PyUnicode_CheckExact(str) || hash == -1)
        ct_witness_characters(witness, str, limit);
    else if (!_Py_IsImmortal(str))
        ct_witness_number(witness, str, CT_OBSERVED_TEXT, (uint64_t)hash);
}
/* Memory of any alignment. */
void ct_witness_bytes(struct ct_witness *witness, const void *bytes, size_t size);
/* The first `shown` entries of a dict whose size has been observed, by PyDict_Next. */
void ct_witness_entries(struct ct_witness *witness, PyObject *dict, Py_ssize_t shown);
/* The same of a deque, and its length. */
void ct_witness_deque(struct ct_witness *witness, PyObject *deque, Py_ssize_t shown);

/* A function, method or class, whose text is made of names; false if its text depends
 * on more. */
bool ct_witness_names(struct ct_witness *witness, PyObject *object,
                      enum ct_class_kind kind);
/* What ct_encode_opaque has encoded, by its note. */
void ct_witness_opaque(struct ct_witness *witness, PyObject *object, uint64_t encoding);

/* Whether `count` words of observations hold: true is certain, false only means that it
 * must be encoded. */
bool ct_witness_holds_on(struct ct_encoder *encoder, const uint64_t *words,
                         size_t count);

/* The same of a whole witness, for an object. */
static inline bool ct_witness_holds(struct ct_encoder *encoder, const PyObject *object,
                                    const uint64_t *words, size_t count)
{
    return *words == (uintptr_t)object &&
           ct_witness_holds_on(encoder, words + 1, count - 1);
}
