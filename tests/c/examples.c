/* The example traces (examples.h), as trace-formats.md 4.7, 7 and the end of 4.7 have
 * them. */
#include "examples.h"

#include "check.h"

static const struct ct_node none_value = {.kind = CT_NODE_NONE, .next = 1};

static struct ct_node integer(int64_t value, uint64_t type_id)
{
    return (struct ct_node){
        .kind = CT_NODE_INT, .next = 1, .type_id = type_id, .of.integer = value};
}

static void value(struct ct_writer *writer, uint64_t variable_id,
                  const struct ct_node *node)
{
    struct ct_fragment fragment = {0};
    writer->ops->value(writer, variable_id, &(struct ct_tree){.nodes = node},
                       &fragment);
    ct_fragment_fini(&fragment);
}

static void ret(struct ct_writer *writer, const struct ct_node *node)
{
    writer->ops->ret(writer, &(struct ct_tree){.nodes = node});
}

static void type(struct ct_writer *writer, enum ct_type_kind kind, const char *name)
{
    const struct ct_type type = {.kind = kind, .lang_type = ct_text_of(name)};
    writer->ops->type(writer, &type);
}

static void first_four(struct ct_writer *writer, const char *path)
{
    writer->ops->path(writer, ct_text_of(path));
    writer->ops->function(writer, 0, 1, CT_TEXT("<toplevel>"));
    writer->ops->call(writer, 0, 0, NULL);
    type(writer, CT_KIND_NONE, "None");
}

static void write_fragment(struct ct_writer *writer)
{
    const struct ct_node minus_two = integer(-2, 0);
    first_four(writer, "/p/t.py");
    writer->ops->step(writer, 0, 1);
    writer->ops->name(writer, CT_TEXT("x"));
    value(writer, 0, &minus_two);
}

static void write_half(struct ct_writer *writer)
{
    const struct ct_writer_ops *ops = writer->ops;
    const struct ct_node three = integer(3, 2), zero = integer(0, 2);
    const struct ct_node half = {.kind = CT_NODE_RAW,
                                 .next = 1,
                                 .type_id = 1,
                                 .of.text = CT_TEXT("<function half>")};
    struct ct_node quotient = {
        .kind = CT_NODE_RAW, .next = 1, .type_id = 3, .of.text = CT_TEXT("1.5")};
    if (ops->has_float) {
        quotient.kind = CT_NODE_FLOAT;
        quotient.of.real = 1.5;
    }
    first_four(writer, "/w/t.py");
    ops->function(writer, 0, 1, CT_TEXT("<__main__>"));
    ops->call(writer, 1, 0, NULL);
    ops->step(writer, 0, 1);
    ops->step(writer, 0, 3);
    type(writer, CT_KIND_RAW, "function");
    ops->name(writer, CT_TEXT("half"));
    value(writer, 0, &half);
    ops->function(writer, 0, 1, CT_TEXT("half"));
    type(writer, CT_KIND_INT, "int");
    ops->name(writer, CT_TEXT("n"));
    ops->step(writer, 0, 1);
    ops->call(writer, 2, 1, &(struct ct_argument){1, {.nodes = &three}});
    ops->step(writer, 0, 2);
    value(writer, 1, &three);
    type(writer, CT_KIND_FLOAT, "float");
    ret(writer, &quotient);
    ops->step(writer, 0, 4);
    ops->name(writer, CT_TEXT("x"));
    value(writer, 2, &quotient);
    ops->event(
        writer, CT_EVENT_KIND_WRITE,
        CT_TEXT("{\"stream\":\"stdout\",\"thread\":\"ThreadId(1)\",\"path_id\":0,"
                "\"line\":4,\"frame_id\":1,\"flags\":[\"newline\"]}"),
        CT_TEXT("1.5\n"));
    ret(writer, &none_value);
    ret(writer, &zero);
}

static void write_threads(struct ct_writer *writer)
{
    writer->ops->thread(writer, CT_THREAD_START, 2);
    writer->ops->thread(writer, CT_THREAD_SWITCH, 2);
    writer->ops->thread(writer, CT_THREAD_EXIT, 2);
}

const struct example examples[] = {
    {
        "fragment",
        write_fragment,
        "[\n"
        "{\"Path\":\"/p/t.py\"},\n"
        "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<toplevel>\"}},\n"
        "{\"Call\":{\"function_id\":0,\"args\":[]}},\n"
        "{\"Type\":{\"kind\":30,\"lang_type\":\"None\",\"specific_info\":{\"kind\":\"N"
        "one\"}}},\n"
        "{\"Step\":{\"path_id\":0,\"line\":1}},\n"
        "{\"VariableName\":\"x\"},\n"
        "{\"Value\":{\"variable_id\":0,\"value\":{\"kind\":\"Int\",\"i\":-2,\"type_id\""
        ":0}}}\n"
        "]\n",
        "c0de72ace200000010334001110177511c01010101413001010641300301074144020104"
        "514c01020000415c02010211651201054160021101427f2f702f742e7079110801110801"
        "11095a00000101ff3c746f706c65766500036c3e11040111050700004002011e11052a51"
        "0401010f4e6f6e650001110401110401000001010178110401510403030000fffeffffff"
        "ffffffff0000011108010002",
    },
    {
        "half",
        write_half,
        "[\n"
        "{\"Path\":\"/w/t.py\"},\n"
        "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<toplevel>\"}},\n"
        "{\"Call\":{\"function_id\":0,\"args\":[]}},\n"
        "{\"Type\":{\"kind\":30,\"lang_type\":\"None\",\"specific_info\":{\"kind\":\"N"
        "one\"}}},\n"
        "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<__main__>\"}},\n"
        "{\"Call\":{\"function_id\":1,\"args\":[]}},\n"
        "{\"Step\":{\"path_id\":0,\"line\":1}},\n"
        "{\"Step\":{\"path_id\":0,\"line\":3}},\n"
        "{\"Type\":{\"kind\":16,\"lang_type\":\"function\",\"specific_info\":{\"kind"
        "\":\"None\"}}},\n"
        "{\"VariableName\":\"half\"},\n"
        "{\"Value\":{\"variable_id\":0,\"value\":{\"kind\":\"Raw\",\"r\":\"<function h"
        "alf>\",\"type_id\":1}}},\n"
        "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"half\"}},\n"
        "{\"Type\":{\"kind\":7,\"lang_type\":\"int\",\"specific_info\":{\"kind\":\"Non"
        "e\"}}},\n"
        "{\"VariableName\":\"n\"},\n"
        "{\"Step\":{\"path_id\":0,\"line\":1}},\n"
        "{\"Call\":{\"function_id\":2,\"args\":[{\"variable_id\":1,\"value\":{\"kind"
        "\":\"Int\",\"i\":3,\"type_id\":2}}]}},\n"
        "{\"Step\":{\"path_id\":0,\"line\":2}},\n"
        "{\"Value\":{\"variable_id\":1,\"value\":{\"kind\":\"Int\",\"i\":3,\"type_id\":"
        "2}}},\n"
        "{\"Type\":{\"kind\":8,\"lang_type\":\"float\",\"specific_info\":{\"kind\":\"N"
        "one\"}}},\n"
        "{\"Return\":{\"return_value\":{\"kind\":\"Raw\",\"r\":\"1.5\",\"type_id\":3}}}"
        ",\n"
        "{\"Step\":{\"path_id\":0,\"line\":4}},\n"
        "{\"VariableName\":\"x\"},\n"
        "{\"Value\":{\"variable_id\":2,\"value\":{\"kind\":\"Raw\",\"r\":\"1.5\","
        "\"type_"
        "id\":3}}},\n"
        "{\"Event\":{\"kind\":0,\"metadata\":\"{\\\"stream\\\":\\\"stdout\\\","
        "\\\"thread\\\""
        ":\\\"ThreadId(1)\\\",\\\"path_id\\\":0,\\\"line\\\":4,\\\"frame_id\\\":1,"
        "\\\"flags"
        "\\\":[\\\"newline\\\"]}\",\"content\":\"1.5\\n\"}},\n"
        "{\"Return\":{\"return_value\":{\"kind\":\"None\",\"type_id\":0}}},\n"
        "{\"Return\":{\"return_value\":{\"kind\":\"Int\",\"i\":0,\"type_id\":2}}}\n"
        "]\n",
        "c0de72ace200000010dc40013101a70151680101010141c801010641c803010741dc0201"
        "0451e40102010641f4030107430801020000431001020000431801020104532001010201"
        "021335012a01054330010201064358010301045368010102010213790112000043740102"
        "0107437c0102000043ac0102010543b40102010453d4010102010843e40101000043fc01"
        "020102130502120105420202010953200201020108435c02010108437402011101427f2f"
        "772f742e707911080111080111095a00000101ff3c746f706c65766500036c3e11040111"
        "050700004002011e11052a510401010f4e6f6e65000111080111080111095a00000101ff"
        "3c5f5f6d61696e5f00035f3e110401110507010140021104011104010000010111040111"
        "040100000103011011054a51080101ff66756e6374696f6e0000020f68616c6611040151"
        "040303000101090000110982110c010000ff3c66756e6374696f016e2068616c663e0001"
        "0111080111080111092a000001010f68616c6601071105225104010107696e740001016e"
        "110401110401000001011104011105170102410402110401510403030101010300011108"
        "010001010211040111040100000102110401510403030101010300011108010001010201"
        "08110532510401011f666c6f61740001500303c0f83f0101000011080100010103110401"
        "110401000001040178110401510403030102c0f83f010100001108010001010300001105"
        "2a31050a030f312e350aff7b2273747265616d0b223a227374646f7574222c2274687265"
        "6164223a225468726561644964283129222c22706174685f6964223a302c226c696e6522"
        "3a342c226672616d655f6964223a312c22666c616773223a5b226e65776c696e65225d7d"
        "00005003030000010b00001108010002500303000211080100010102",
    },
    {
        "threads",
        write_threads,
        "[\n"
        "{\"ThreadStart\":2},\n"
        "{\"ThreadSwitch\":2},\n"
        "{\"ThreadExit\":2}\n"
        "]\n",
        "c0de72ace2000000100c4001110137510c010101151110010117110c0101161108010102010201"
        "02",
    },
};

const size_t example_count = sizeof examples / sizeof *examples;

/* ---- random traces -------------------------------------------------------------- */

/* Text of random bytes: letters, so many NULs and so many above 0x7f as `mode` says. */
static struct ct_text random_text(uint64_t *state, char *bytes, size_t room)
{
    uint64_t mode = check_random(state) % 4;
    size_t size = check_random(state) % (mode == 0 ? room : 24);
    for (size_t i = 0; i < size; i++)
        bytes[i] = mode == 1 && check_random(state) % 4 == 0
                       ? '\0'
                       : (char)('a' + check_random(state) % 26);
    if (mode == 2)
        memset(bytes, 0, size);
    return (struct ct_text){bytes, size};
}

#define TREE_NODES 40

/* A random tree at `nodes`, of at most TREE_NODES nodes; `used` counts them. */
static void random_tree(uint64_t *state, struct ct_node *nodes, uint32_t *used,
                        unsigned depth)
{
    static const char text[] = "some text \xe2\x82\xac of which values take a part";
    struct ct_node *node = &nodes[(*used)++];
    enum ct_node_kind kind = (enum ct_node_kind)(check_random(state) % 11);
    if (kind == CT_NODE_FLOAT) /* differs between the formats */
        kind = CT_NODE_INT;
    bool is_container =
        kind == CT_NODE_SEQUENCE || kind == CT_NODE_TUPLE || kind == CT_NODE_STRUCT;
    if (is_container && (depth == 0 || *used > TREE_NODES / 2))
        kind = CT_NODE_NONE, is_container = false;
    *node =
        (struct ct_node){.kind = kind,
                         .flag = check_random(state) & 1,
                         .type_id = kind == CT_NODE_NONE ? 0 : check_random(state) % 9};
    if (kind == CT_NODE_INT) {
        node->of.integer = (int64_t)(check_random(state) >> check_random(state) % 64);
    } else if (kind == CT_NODE_BIGINT) {
        node->of.text = (struct ct_text){text, 9 + check_random(state) % 9};
    } else if (is_container) {
        node->of.count = (uint32_t)(check_random(state) % 4);
        for (uint32_t i = 0; i < node->of.count; i++)
            random_tree(state, nodes, used, depth - 1);
    } else if (kind >= CT_NODE_STRING) {
        node->of.text = (struct ct_text){text, check_random(state) % 10};
    }
    node->next = *used;
}

static void write_random_type(struct ct_writer *writer, uint64_t *state)
{
    static const struct ct_text fields[] = {CT_TEXT("x"), CT_TEXT(""),
                                            CT_TEXT("a long field name")};
    const struct ct_type type = {.kind = CT_KIND_STRUCT,
                                 .lang_type = CT_TEXT("mod.Class"),
                                 .field_count = check_random(state) % 4,
                                 .fields = fields,
                                 .field_type = 3};
    writer->ops->type(writer, &type);
}

struct random_value {
    struct ct_fragment written;
    bool is_written;
    uint64_t variable_id;
    struct ct_node nodes[TREE_NODES * 2];
};

static void write_value(struct ct_writer *writer, struct random_value *value)
{
    const struct ct_tree tree = {.nodes = value->nodes};
    writer->ops->value(writer, value->variable_id, &tree, &value->written);
    value->is_written = true;
}

/* As the replay does: from what the writer has kept, if it can be. */
static void write_value_again(struct ct_writer *writer, struct random_value *value)
{
    const struct ct_records again = ct_fragment_records(&value->written);
    if (again.size != 0)
        writer->ops->put_values(writer, &again);
    else
        write_value(writer, value);
}

/* `last` is the last Value record. */
static void write_random_record(struct ct_writer *writer, uint64_t *state,
                                struct random_value *last)
{
    const struct ct_writer_ops *ops = writer->ops;
    struct ct_node first[TREE_NODES * 2], second[TREE_NODES * 2];
    char bytes[6000];
    uint32_t used = 0;
    random_tree(state, first, &used, 4);
    used = 0;
    random_tree(state, second, &used, 2);
    const struct ct_argument args[] = {{check_random(state) % 100, {.nodes = first}},
                                       {1, {.nodes = second}}};
    struct ct_text text = random_text(state, bytes, sizeof bytes);
    switch (check_random(state) % 12) {
    case 0:
        ops->path(writer, text);
        break;
    case 1:
        ops->function(writer, 1, 300, text);
        break;
    case 2:
        write_random_type(writer, state);
        break;
    case 3:
    case 4:
        ops->name(writer, text);
        break;
    case 5:
        ops->call(writer, 70000, check_random(state) % 3, args);
        break;
    case 6:
        ret(writer, first);
        break;
    case 7:
        ops->event(writer, CT_EVENT_KIND_WRITE_OTHER, text, CT_TEXT("metadata"));
        break;
    case 8:
        ops->thread(writer, CT_THREAD_SWITCH, check_random(state));
        break;
    case 9:
        last->variable_id = args[0].variable_id;
        memcpy(last->nodes, first, sizeof first);
        write_value(writer, last);
        break;
    case 10:
        if (last->is_written) {
            write_value_again(writer, last);
            break;
        } /* fallthrough */
    default:
        ops->step(writer, 0, (int64_t)(check_random(state) % 100000));
    }
}

void write_random(struct ct_writer *writer, uint64_t seed, size_t records)
{
    uint64_t state = seed;
    struct random_value last = {0};
    while (records-- != 0)
        write_random_record(writer, &state, &last);
    ct_fragment_fini(&last.written);
}
