/* Which instructions of a code object begin a line, and whether they do. */
#include "py/far_lines.h"

#include "py/code_scan.h"
#include "py/opcodes.h"

#include <stdlib.h>

/* A line is near if it is this close to the first one plus a sixteenth of its unit. */
#define CT_NEAR_LINES 127
#define CT_NEAR_SHIFT 4

/* So many far lines of code that runs once cost as much as it does to have all of its
 * instructions told once, and disabled. */
#define CT_FEW_LINES 16

struct finder {
    const uint8_t *bytecode;
    Py_ssize_t units;
    int *lines;    /* owned: by unit; 0 in caches, CT_UNIT_BLANK for no line */
    bool *targets; /* owned: by unit, whether something jumps there */
};

static bool is_far(const PyCodeObject *code, Py_ssize_t unit, int line)
{
    int distance = line - code->co_firstlineno - (int)(unit >> CT_NEAR_SHIFT);
    return distance > CT_NEAR_LINES || distance <= -CT_NEAR_LINES;
}

/* Whether all lines are near, told by less than a look at each instruction. */
static bool is_short(PyCodeObject *code)
{
    return Py_SIZE(code) < CT_NEAR_LINES << CT_NEAR_SHIFT &&
           ct_code_highest_line(code) - code->co_firstlineno <= CT_NEAR_LINES;
}

static int opcode_at(const struct finder *finder, Py_ssize_t unit)
{
    return finder->bytecode[unit * CT_CODE_UNIT];
}

/* Whether it begins no line, unless something jumps there. */
static bool goes_along(int opcode)
{
    return opcode == END_FOR || opcode == END_SEND || opcode == END_ASYNC_FOR ||
           opcode == RESUME;
}

static void add_target(struct finder *finder, Py_ssize_t unit)
{
    if (unit >= 0 && unit < finder->units)
        finder->targets[unit] = true;
}

static void add_jump(struct finder *finder, const struct ct_instruction *instruction)
{
    int target = ct_instruction_target(instruction);
    bool skips = instruction->opcode == FOR_ITER || instruction->opcode == SEND;
    if (target >= 0)
        add_target(finder, target + skips); /* what stands there is skipped */
}

/* Finds the line of each instruction, and which ones begin one because the instruction
 * before them is on another, or because something jumps there. */
static void scan(struct finder *finder, struct ct_code_walk *walk)
{
    struct ct_instruction instruction;
    int line = CT_UNIT_BLANK;
    while (ct_code_walk_next(walk, &instruction)) {
        int *own = &finder->lines[instruction.unit];
        *own = instruction.line > 0 ? instruction.line : CT_UNIT_BLANK;
        add_jump(finder, &instruction);
        if (instruction.opcode == RESUME && instruction.arg == 0)
            line = CT_UNIT_BLANK; /* what comes before it is not told of */
        if (goes_along(instruction.opcode))
            continue;
        if (*own != line)
            add_target(finder, instruction.unit);
        line = *own;
    }
}

/* Reads a number of the exception table: six bits a byte, the highest first, bit 6 set
 * if more follow. */
static Py_ssize_t read_number(const uint8_t **at, const uint8_t *end)
{
    Py_ssize_t value = 0;
    while (*at < end) {
        uint8_t byte = *(*at)++;
        value = value << 6 | (byte & 63);
        if ((byte & 64) == 0)
            break;
    }
    return value;
}

static void scan_handlers(struct finder *finder, const PyCodeObject *code)
{
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(code->co_exceptiontable);
    const uint8_t *end = at + PyBytes_GET_SIZE(code->co_exceptiontable);
    while (at < end) {
        read_number(&at, end); /* where the range starts */
        read_number(&at, end); /* its size */
        Py_ssize_t handler = read_number(&at, end);
        read_number(&at, end); /* the depth of the stack */
        if (handler < finder->units && opcode_at(finder, handler) != END_ASYNC_FOR)
            add_target(finder, handler);
    }
}

/* The line of the instruction that `unit` belongs to: in 3.12 a frame that calls stands
 * in the caches of the call. 0 if it is not known. */
static int line_around(const struct finder *finder, int unit)
{
    while (unit > 0 && finder->lines[unit] == 0)
        unit--;
    return unit < 0 ? 0 : finder->lines[unit];
}

/* Leaves in `lines` only what is told; gives the number of far lines. */
static int settle(struct finder *finder, const PyCodeObject *code)
{
    int far_count = 0;
    bool follows_resume = false;
    for (Py_ssize_t unit = 0; unit < finder->units; unit++) {
        int *line = &finder->lines[unit];
        if (*line == 0)
            continue;
        bool begins = *line > 0 && finder->targets[unit];
        far_count += begins && is_far(code, unit, *line);
        bool resumes = opcode_at(finder, unit) == RESUME;
        if (resumes)
            *line = CT_UNIT_BLANK;
        else if (*line > 0 && !begins)
            *line = follows_resume ? CT_UNIT_PASSED : CT_UNIT_SILENT;
        follows_resume = resumes;
    }
    return far_count;
}

void ct_far_lines_find(struct ct_code *code, struct ct_frame *frame)
{
    if (is_short(code->code))
        return;
    PyObject *raised = PyErr_GetRaisedException();
    struct ct_code_walk walk;
    size_t units = (size_t)Py_SIZE(code->code);
    struct finder finder = {.units = Py_SIZE(code->code),
                            .lines = calloc(units, sizeof *finder.lines),
                            .targets = calloc(units, sizeof *finder.targets)};
    int far_count = 0;
    if (finder.lines != NULL && finder.targets != NULL &&
        ct_code_walk_begin(&walk, code->code) == 0) {
        finder.bytecode = (const uint8_t *)PyBytes_AS_STRING(walk.bytes);
        scan(&finder, &walk);
        scan_handlers(&finder, code->code);
        code->running_line = line_around(&finder, ct_frame_unit(frame));
        far_count = settle(&finder, code->code);
        ct_code_walk_end(&walk);
    }
    bool runs_once = code->is_namespace && !code->has_loops;
    if (far_count > (runs_once ? CT_FEW_LINES : 0)) {
        code->unit_lines = finder.lines;
        finder.lines = NULL;
    }
    free(finder.lines);
    free(finder.targets);
    PyErr_SetRaisedException(raised);
}

void ct_far_lines_enter(struct ct_shadow *top, int unit)
{
    const int *lines = top->code->unit_lines;
    top->is_blank = lines != NULL && lines[unit] == CT_UNIT_BLANK;
}

int ct_far_lines_step(struct ct_shadow *top, int unit)
{
    int line = top->code->unit_lines[unit];
    bool begins = line > 0 && (top->is_blank || line != top->line);
    top->is_blank = line == CT_UNIT_BLANK;
    return begins ? line : 0;
}
