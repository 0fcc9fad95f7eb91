/* The memo of containers: what is found in it, and what makes place for what. */
#include "trace/rendered.h"

#include "check.h"
#include "trace/limits.h"

#define LONGEST (CT_RENDERED_MAX + 8)

/* A value of so many bytes that begins as all do, and ends with its number. */
static struct ct_span value_of(uint8_t buffer[LONGEST], size_t size, uint32_t number)
{
    memset(buffer, 'v', size);
    memcpy(buffer + size - sizeof number, &number, sizeof number);
    return (struct ct_span){buffer, buffer + size};
}

static void add(struct ct_rendered *memo, size_t size, uint32_t number,
                const char *made)
{
    uint8_t buffer[LONGEST];
    value_of(buffer, size, number);
    const struct ct_rendered_entry entry = {.value_size = (uint32_t)size,
                                            .made_size = (uint32_t)strlen(made),
                                            .words = number,
                                            .place = number + 3,
                                            .count = number + 1,
                                            .type_id = number + 2,
                                            .kind = 9,
                                            .is_cut = number % 2 == 1};
    ct_rendered_add(memo, &entry, buffer, (const uint8_t *)made);
}

static const struct ct_rendered_entry *find(const struct ct_rendered *memo, size_t size,
                                            uint32_t number)
{
    uint8_t buffer[LONGEST];
    struct ct_span in = value_of(buffer, size, number);
    return ct_rendered_find(memo, &in);
}

static void finds_what_was_made(void)
{
    struct ct_rendered memo = {0};
    CHECK(find(&memo, 20, 7) == NULL);
    add(&memo, 20, 7, "seven");
    add(&memo, 20, 8, "eight");
    add(&memo, 24, 7, "");
    const struct ct_rendered_entry *entry = find(&memo, 20, 7);
    if (CHECK(entry != NULL)) {
        CHECK(entry->value_size == 20 && entry->words == 7 && entry->count == 8 &&
              entry->type_id == 9 && entry->kind == 9 && entry->is_cut &&
              entry->place == 10);
        CHECK_TEXT(ct_rendered_made(&memo, entry), entry->made_size, "seven");
    }
    entry = find(&memo, 20, 8);
    if (CHECK(entry != NULL)) {
        CHECK_TEXT(ct_rendered_made(&memo, entry), entry->made_size, "eight");
        CHECK(!entry->is_cut);
    }
    CHECK(find(&memo, 24, 7) != NULL && find(&memo, 24, 8) == NULL);
    ct_rendered_fini(&memo);
}

static void knows_where_a_value_ends(void)
{
    struct ct_rendered memo = {0};
    uint8_t buffer[LONGEST];
    struct ct_span in = value_of(buffer, 32, 1);
    add(&memo, 32, 1, "x");
    for (in.end = buffer; in.end < buffer + 32; in.end++)
        CHECK(ct_rendered_find(&memo, &in) == NULL);
    memset(buffer + 32, 'w', 100); /* the next value */
    in.end = buffer + 132;
    const struct ct_rendered_entry *entry = ct_rendered_find(&memo, &in);
    CHECK(entry != NULL && entry->value_size == 32);
    ct_rendered_fini(&memo);
}

/* Values that begin alike share a set. */
static void the_oldest_makes_place(void)
{
    struct ct_rendered memo = {0};
    for (uint32_t i = 0; i < 100; i++)
        add(&memo, 40, i, "made");
    for (uint32_t i = 0; i < 100; i++)
        CHECK((find(&memo, 40, i) != NULL) == (i >= 92));
    ct_rendered_fini(&memo);
}

static void a_longer_one_comes_twice(void)
{
    struct ct_rendered memo = {0};
    size_t size = CT_RENDERED_SHORT - 4;
    add(&memo, size, 1, "made");
    CHECK(find(&memo, size, 1) != NULL);
    size++;
    add(&memo, size, 1, "once");
    add(&memo, size, 2, "else");
    CHECK(find(&memo, size, 1) == NULL && find(&memo, size, 2) == NULL);
    add(&memo, size, 1, "more");
    const struct ct_rendered_entry *entry = find(&memo, size, 1);
    if (CHECK(entry != NULL && find(&memo, size, 2) == NULL))
        CHECK_TEXT(ct_rendered_made(&memo, entry), entry->made_size, "more");
    add(&memo, CT_RENDERED_MAX, 3, "longest");
    add(&memo, CT_RENDERED_MAX, 3, "longest");
    CHECK(find(&memo, CT_RENDERED_MAX, 3) != NULL);
    ct_rendered_fini(&memo);
}

/* What is borrowed stays until there is to be room. */
static void forgets_all_at_once(void)
{
    struct ct_rendered memo = {0};
    static char made[4001];
    memset(made, 'm', sizeof made - 1);
    uint32_t count = 0;
    CHECK(!ct_rendered_is_full(&memo));
    ct_rendered_clear(&memo);
    do
        add(&memo, 16, count, made);
    while (find(&memo, 16, count++) != NULL);
    CHECK(count - 1 == CT_RENDERED_SIZE / (16 + 4000));
    const struct ct_rendered_entry *entry = find(&memo, 16, count - 2);
    if (CHECK(entry != NULL))
        CHECK_TEXT(ct_rendered_made(&memo, entry), entry->made_size, made);
    CHECK(ct_rendered_is_full(&memo));
    ct_rendered_clear(&memo);
    CHECK(find(&memo, 16, count - 2) == NULL);
    add(&memo, 16, 5, "again");
    CHECK(find(&memo, 16, 5) != NULL && !ct_rendered_is_full(&memo));
    ct_rendered_fini(&memo);
}

int main(void)
{
    finds_what_was_made();
    knows_where_a_value_ends();
    the_oldest_makes_place();
    a_longer_one_comes_twice();
    forgets_all_at_once();
    return check_report();
}
