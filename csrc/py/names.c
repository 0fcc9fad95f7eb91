/* The table of names. */
#include "py/names.h"

#include "py/text.h"

void ct_names_fini(struct ct_names *names)
{
    ct_strtab_fini(&names->table);
}

bool ct_names_define(struct ct_stream *stream, enum ct_record tag, uint64_t id,
                     struct ct_text text)
{
    if (!ct_stream_reserve(stream, 1 + CT_VARINT_MAX + ct_stream_text_size(text)))
        return false;
    *stream->cursor++ = (uint8_t)tag;
    ct_stream_number(stream, id);
    ct_stream_text(stream, text);
    return true;
}

uint64_t ct_names_text_id(struct ct_names *names, struct ct_stream *stream,
                          struct ct_text name)
{
    uint32_t count = names->table.count;
    uint32_t id = ct_strtab_add(&names->table, name);
    if (id == CT_STRTAB_NONE)
        return CT_ID_NONE;
    return id < count || ct_names_define(stream, CT_REC_NAME, id, name) ? id
                                                                        : CT_ID_NONE;
}

uint64_t ct_names_id(struct ct_names *names, struct ct_stream *stream, PyObject *name)
{
    if (PyUnicode_IS_ASCII(name))
        return ct_names_text_id(
            names, stream,
            (struct ct_text){PyUnicode_DATA(name), (size_t)PyUnicode_GET_LENGTH(name)});
    struct ct_buf buf = {0};
    ct_text_append_all(&buf, name);
    uint64_t id =
        buf.failed ? CT_ID_NONE : ct_names_text_id(names, stream, ct_buf_text(&buf));
    ct_buf_fini(&buf);
    return id;
}
