/* One buffer a fact. Called by finish.c, and by the replay for notes. */
#include "trace/facts.h"

#include "tape/tape_reader.h"

#include <stdlib.h>

static bool is_list(uint8_t fact)
{
    return fact == CT_FACT_ARG || fact == CT_FACT_FILTER || fact == CT_FACT_NOTE;
}

void ct_facts_init(struct ct_facts *facts)
{
    memset(facts, 0, sizeof *facts);
}

void ct_facts_fini(struct ct_facts *facts)
{
    for (int i = 0; i < CT_FACT_COUNT; i++)
        ct_buf_fini(&facts->texts[i]);
}

void ct_facts_add(struct ct_facts *facts, uint8_t fact, struct ct_text text)
{
    if (fact == 0 || fact >= CT_FACT_COUNT)
        return;
    struct ct_buf *out = &facts->texts[fact];
    if (is_list(fact))
        ct_buf_append(out, &text.size, sizeof text.size);
    else
        ct_buf_clear(out);
    ct_buf_append_text(out, text);
}

struct ct_text ct_facts_get(const struct ct_facts *facts, enum ct_fact fact)
{
    const struct ct_buf *text = &facts->texts[fact];
    return text->size == 0 ? CT_TEXT("")
                           : (struct ct_text){(const char *)text->data, text->size};
}

uint64_t ct_facts_number(const struct ct_facts *facts, enum ct_fact fact)
{
    char digits[24] = "";
    struct ct_text text = ct_facts_get(facts, fact);
    if (text.size < sizeof digits)
        memcpy(digits, text.bytes, text.size);
    return strtoull(digits, NULL, 10);
}

bool ct_facts_is(const struct ct_facts *facts, enum ct_fact fact, const char *text)
{
    struct ct_text have = ct_facts_get(facts, fact);
    return have.size == strlen(text) && memcmp(have.bytes, text, have.size) == 0;
}

bool ct_facts_next(const struct ct_facts *facts, enum ct_fact fact, size_t *offset,
                   struct ct_text *text)
{
    const struct ct_buf *list = &facts->texts[fact];
    if (*offset >= list->size)
        return false;
    memcpy(&text->size, list->data + *offset, sizeof text->size);
    text->bytes = (const char *)list->data + *offset + sizeof text->size;
    *offset += sizeof text->size + text->size;
    return true;
}

bool ct_facts_failed(const struct ct_facts *facts)
{
    bool failed = false;
    for (int i = 0; i < CT_FACT_COUNT; i++)
        failed |= facts->texts[i].failed;
    return failed;
}

static bool is_event(enum ct_record kind)
{
    return kind >= CT_REC_CALL;
}

enum ct_status ct_facts_read(struct ct_facts *facts, const char *dir,
                             struct ct_error *err)
{
    struct ct_tape_reader *tape = ct_tape_reader_new(dir, err);
    if (tape == NULL)
        return err->status;
    struct ct_tape_record record;
    while (ct_tape_reader_next(tape, &record) && !is_event(record.kind)) {
        if (record.kind == CT_REC_FACT && record.detail != CT_FACT_NOTE)
            ct_facts_add(facts, record.detail, record.text);
    }
    enum ct_status status = ct_tape_reader_status(tape, err);
    ct_tape_reader_free(tape);
    if (status == CT_OK && ct_facts_failed(facts))
        status = ct_error_set(err, CT_ERR_MEMORY, 0, "out of memory");
    return status;
}
