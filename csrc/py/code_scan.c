/* The walk over bytecode and line table.
 *
 * The line table's format is CPython's Objects/locations.md (3.11 and later). Opcode
 * numbers come from the headers of the CPython this is built for; names that a version
 * does not have are left out by their macro. */
#include "py/code_scan.h"

#include "py/opcodes.h"

enum location_code {
    LOCATION_ONE_LINE_0 = 10, /* 10, 11, 12: line + 0, 1, 2 */
    LOCATION_ONE_LINE_2 = 12,
    LOCATION_NO_COLUMNS = 13,
    LOCATION_LONG = 14,
    LOCATION_NONE = 15,
};

int ct_code_walk_begin(struct ct_code_walk *walk, PyCodeObject *code)
{
    walk->bytes = PyCode_GetCode(code);
    if (walk->bytes == NULL)
        return -1;
    walk->at = 0;
    walk->table = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);
    walk->table_end = walk->table + PyBytes_GET_SIZE(code->co_linetable);
    walk->table_line = code->co_firstlineno;
    walk->line = 0;
    walk->units_left = 0;
    return 0;
}

void ct_code_walk_end(struct ct_code_walk *walk)
{
    Py_CLEAR(walk->bytes);
}

/* Reads a number of the line table: six bits a byte, bit 6 set if more follow. */
static unsigned read_number(struct ct_code_walk *walk)
{
    unsigned value = 0;
    for (unsigned shift = 0; walk->table < walk->table_end && shift < 32; shift += 6) {
        uint8_t byte = *walk->table++;
        value |= (unsigned)(byte & 63) << shift;
        if ((byte & 64) == 0)
            break;
    }
    return value;
}

static int read_signed_number(struct ct_code_walk *walk)
{
    unsigned value = read_number(walk);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* Takes the next entry of the line table. False at its end. */
static bool next_entry(struct ct_code_walk *walk)
{
    if (walk->table >= walk->table_end)
        return false;
    uint8_t first = *walk->table++;
    int code = (first >> 3) & 15;
    walk->units_left = (first & 7) + 1;
    if (code == LOCATION_NONE) {
        walk->line = 0;
        return true;
    }
    if (code == LOCATION_LONG) {
        walk->table_line += read_signed_number(walk);
        read_number(walk);
        read_number(walk);
        read_number(walk);
    } else if (code == LOCATION_NO_COLUMNS) {
        walk->table_line += read_signed_number(walk);
    } else if (code >= LOCATION_ONE_LINE_0) {
        walk->table_line += code - LOCATION_ONE_LINE_0;
        walk->table += 2;
    } else {
        walk->table += 1;
    }
    walk->line = walk->table_line;
    return true;
}

/* Takes one code unit; the line table goes along. False at the end of the code. */
static bool next_unit(struct ct_code_walk *walk, int *opcode, int *arg)
{
    if (walk->at + 2 > PyBytes_GET_SIZE(walk->bytes))
        return false;
    if (walk->units_left == 0 && !next_entry(walk))
        walk->line = 0;
    if (walk->units_left > 0)
        walk->units_left--;
    const uint8_t *unit = (const uint8_t *)PyBytes_AS_STRING(walk->bytes) + walk->at;
    walk->at += 2;
    *opcode = unit[0];
    *arg = unit[1];
    return true;
}

/* The unit of the next instruction. */
static int next_instruction(const struct ct_code_walk *walk)
{
    const uint8_t *code = (const uint8_t *)PyBytes_AS_STRING(walk->bytes);
    Py_ssize_t at = walk->at;
    while (at < PyBytes_GET_SIZE(walk->bytes) && code[at] == CACHE)
        at += CT_CODE_UNIT;
    return (int)(at / CT_CODE_UNIT);
}

bool ct_code_walk_next(struct ct_code_walk *walk, struct ct_instruction *instruction)
{
    int opcode, arg, extended = 0, first = -1;
    do {
        if (!next_unit(walk, &opcode, &arg))
            return false;
        if (first < 0 && opcode != CACHE)
            first = (int)(walk->at / CT_CODE_UNIT) - 1;
        arg |= extended;
        extended = opcode == EXTENDED_ARG ? arg << 8 : 0;
    } while (opcode == EXTENDED_ARG || opcode == CACHE);
    *instruction =
        (struct ct_instruction){opcode, arg, walk->line, first, next_instruction(walk)};
    return true;
}

int ct_code_highest_line(PyCodeObject *code)
{
    struct ct_code_walk walk = {
        .table = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable),
        .table_line = code->co_firstlineno,
    };
    walk.table_end = walk.table + PyBytes_GET_SIZE(code->co_linetable);
    int highest = 0;
    while (next_entry(&walk)) {
        if (walk.line > highest)
            highest = walk.line;
    }
    return highest;
}

struct ct_mention ct_instruction_mention(const struct ct_instruction *instruction)
{
    int arg = instruction->arg;
    switch (instruction->opcode) {
    case LOAD_NAME:
    case STORE_NAME:
    case DELETE_NAME:
        return (struct ct_mention){CT_MENTION_NAME, arg, -1};
    case LOAD_GLOBAL:
        return (struct ct_mention){CT_MENTION_GLOBAL, arg >> 1, -1};
    case STORE_GLOBAL:
    case DELETE_GLOBAL:
    case LOAD_FROM_DICT_OR_GLOBALS:
        return (struct ct_mention){CT_MENTION_GLOBAL, arg, -1};
    case LOAD_FAST:
    case LOAD_FAST_CHECK:
    case LOAD_FAST_AND_CLEAR:
    case STORE_FAST:
    case DELETE_FAST:
    case LOAD_DEREF:
    case STORE_DEREF:
    case DELETE_DEREF:
    case LOAD_FROM_DICT_OR_DEREF:
#ifdef LOAD_FAST_BORROW
    case LOAD_FAST_BORROW:
#endif
        return (struct ct_mention){CT_MENTION_LOCAL, arg, -1};
#ifdef LOAD_FAST_LOAD_FAST
    case LOAD_FAST_LOAD_FAST:
    case STORE_FAST_LOAD_FAST:
    case STORE_FAST_STORE_FAST:
#endif
#ifdef LOAD_FAST_BORROW_LOAD_FAST_BORROW
    case LOAD_FAST_BORROW_LOAD_FAST_BORROW:
#endif
#if defined(LOAD_FAST_LOAD_FAST)
        return (struct ct_mention){CT_MENTION_LOCAL, arg >> 4, arg & 15};
#endif
    default:
        return (struct ct_mention){CT_MENTION_NONE, 0, -1};
    }
}

int ct_instruction_assigns(const struct ct_instruction *instruction, int locals[2])
{
    int arg = instruction->arg;
    switch (instruction->opcode) {
    case STORE_FAST:
    case STORE_DEREF:
    case DELETE_FAST:
    case LOAD_FAST_AND_CLEAR:
        locals[0] = arg;
        return 1;
#ifdef LOAD_FAST_LOAD_FAST
    case STORE_FAST_LOAD_FAST:
        locals[0] = arg >> 4;
        return 1;
    case STORE_FAST_STORE_FAST:
        locals[0] = arg >> 4;
        locals[1] = arg & 15;
        return 2;
#endif
    default:
        return 0;
    }
}

bool ct_instruction_is_loop(const struct ct_instruction *instruction)
{
    return instruction->opcode == JUMP_BACKWARD;
}

enum ct_effect ct_instruction_effect(const struct ct_instruction *instruction)
{
    switch (instruction->opcode) {
    case LOAD_FAST:
    case LOAD_FAST_CHECK:
    case LOAD_DEREF:
#ifdef LOAD_FAST_BORROW
    case LOAD_FAST_BORROW:
#endif
        return CT_EFFECT_LOAD;
    case LOAD_CONST:
        return CT_EFFECT_LOAD_CONSTANT;
    case PUSH_NULL:
        return CT_EFFECT_LOAD_NULL;
    case LOAD_GLOBAL:
        return instruction->arg & 1 ? CT_EFFECT_LOAD_FUNCTION : CT_EFFECT_LOAD_GLOBAL;
    case LOAD_ATTR:
        return instruction->arg & 1 ? CT_EFFECT_LOAD_METHOD : CT_EFFECT_LOAD_ATTRIBUTE;
    case STORE_FAST:
    case STORE_DEREF:
        return CT_EFFECT_STORE;
#ifdef LOAD_FAST_LOAD_FAST
    case LOAD_FAST_LOAD_FAST:
        return CT_EFFECT_LOAD_TWO;
    case STORE_FAST_LOAD_FAST:
        return CT_EFFECT_STORE_LOAD;
    case STORE_FAST_STORE_FAST:
        return CT_EFFECT_STORE_TWO;
#endif
#ifdef LOAD_FAST_BORROW_LOAD_FAST_BORROW
    case LOAD_FAST_BORROW_LOAD_FAST_BORROW:
        return CT_EFFECT_LOAD_TWO;
#endif
    case CALL:
        return CT_EFFECT_CALL;
#ifdef CALL_KW
    case CALL_KW:
        return CT_EFFECT_CALL_NAMED;
#endif
    case COPY:
        return CT_EFFECT_COPY;
    case SWAP:
        return CT_EFFECT_SWAP;
    case BUILD_TUPLE:
    case BUILD_LIST:
        return CT_EFFECT_COLLECT;
    case CONTAINS_OP:
        return CT_EFFECT_CONTAINS;
#ifdef BINARY_SUBSCR
    case BINARY_SUBSCR:
        return CT_EFFECT_ITEM;
#endif
    case BINARY_OP:
#ifdef NB_SUBSCR
        return instruction->arg == NB_SUBSCR ? CT_EFFECT_ITEM : CT_EFFECT_INERT;
#endif
#ifdef KW_NAMES
    case KW_NAMES:
#endif
    case NOP:
    case RESUME:
    case BUILD_STRING:
#ifdef FORMAT_VALUE
    case FORMAT_VALUE:
#else
    case FORMAT_SIMPLE:
    case FORMAT_WITH_SPEC:
    case CONVERT_VALUE:
#endif
    case BINARY_SLICE:
    case COMPARE_OP:
    case UNARY_NEGATIVE:
    case JUMP_FORWARD:
    case JUMP_BACKWARD:
#ifdef RETURN_CONST
    case RETURN_CONST:
#endif
#ifdef LOAD_SMALL_INT
    case LOAD_SMALL_INT:
#endif
#ifdef NOT_TAKEN
    case NOT_TAKEN:
#endif
        return CT_EFFECT_INERT;
    case UNARY_NOT:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
#ifdef TO_BOOL
    case TO_BOOL:
#endif
        return CT_EFFECT_TRUTH;
    case IS_OP:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
    case RETURN_VALUE:
        return CT_EFFECT_IDENTITY;
    case GET_ITER:
        return CT_EFFECT_ITERATE;
    case FOR_ITER:
        return CT_EFFECT_NEXT;
    case UNPACK_SEQUENCE:
        return CT_EFFECT_UNPACK;
    case END_FOR:
        return CT_EFFECT_LOOP_END;
    case POP_TOP:
#ifdef POP_ITER
    case POP_ITER:
#endif
        return CT_EFFECT_POP;
    case BUILD_MAP:
        return CT_EFFECT_COLLECT_MAP;
#ifdef BUILD_CONST_KEY_MAP
    case BUILD_CONST_KEY_MAP:
        return CT_EFFECT_COLLECT_NAMED;
#endif
    case YIELD_VALUE:
        return CT_EFFECT_YIELD;
#ifdef LOAD_ASSERTION_ERROR
    case LOAD_ASSERTION_ERROR:
        return CT_EFFECT_FAIL;
#endif
#ifdef LOAD_COMMON_CONSTANT
    case LOAD_COMMON_CONSTANT:
        return instruction->arg == CT_COMMON_ASSERTION_ERROR ? CT_EFFECT_FAIL
                                                             : CT_EFFECT_ANY;
#endif
    case RAISE_VARARGS:
        return CT_EFFECT_RAISE;
    default:
        return CT_EFFECT_ANY;
    }
}

struct ct_stack_use ct_instruction_stack_use(const struct ct_instruction *instruction)
{
    switch (instruction->opcode) {
    case BUILD_STRING:
        return (struct ct_stack_use){instruction->arg, 1};
#ifdef FORMAT_VALUE
    case FORMAT_VALUE: /* with a specification behind it? */
        return (struct ct_stack_use){(instruction->arg & 4) != 0 ? 2 : 1, 1};
#else
    case FORMAT_SIMPLE:
    case CONVERT_VALUE:
        return (struct ct_stack_use){1, 1};
    case FORMAT_WITH_SPEC:
        return (struct ct_stack_use){2, 1};
#endif
    case BINARY_SLICE:
        return (struct ct_stack_use){3, 1};
    case BINARY_OP:
    case COMPARE_OP:
    case IS_OP:
        return (struct ct_stack_use){2, 1};
    case UNARY_NEGATIVE:
    case UNARY_NOT:
#ifdef TO_BOOL
    case TO_BOOL:
#endif
        return (struct ct_stack_use){1, 1};
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
    case RETURN_VALUE:
        return (struct ct_stack_use){1, 0};
#ifdef LOAD_SMALL_INT
    case LOAD_SMALL_INT:
        return (struct ct_stack_use){0, 1};
#endif
    default:
        return (struct ct_stack_use){0, 0};
    }
}

bool ct_instruction_jumps(const struct ct_instruction *instruction)
{
    switch (instruction->opcode) {
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
        return true;
    default:
        return ct_instruction_ends_block(instruction);
    }
}

bool ct_instruction_ends_block(const struct ct_instruction *instruction)
{
    switch (instruction->opcode) {
    case JUMP_FORWARD:
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case RETURN_VALUE:
#ifdef RETURN_CONST
    case RETURN_CONST:
#endif
        return true;
    default:
        return false;
    }
}

bool ct_instruction_attends(const struct ct_instruction *instruction)
{
    return instruction->opcode == CALL || instruction->opcode == JUMP_BACKWARD ||
           instruction->opcode == RESUME;
}

int ct_instruction_target(const struct ct_instruction *instruction)
{
    switch (instruction->opcode) {
    case JUMP_FORWARD:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
    case FOR_ITER:
    case SEND:
        return instruction->end + instruction->arg;
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
        return instruction->end - instruction->arg;
    default:
        return -1;
    }
}

bool ct_instruction_passes(const struct ct_instruction *instruction)
{
    switch (instruction->opcode) {
    case NOP:
    case RESUME:
    case LOAD_CONST:
#ifdef NOT_TAKEN
    case NOT_TAKEN:
#endif
        return true;
    default:
        return ct_instruction_ends_block(instruction);
    }
}
