/* Which code a recording is about: its entry, the filters' judgement, the activation.
 *
 * callbacks.c asks at the first event of a code object, recorder.c of the frames that
 * run already at the start. Code that is not recorded is marked, so that nobody asks
 * again. Needs an attached thread state; runs no Python code and never leaves an
 * exception set. */
#pragma once

#include "py/recorder.h"

/* The entry of `code` if it is recorded, made at its first event in `frame`; NULL if it
 * is not, *is_skipped telling whether that is for good. Never sets an exception. */
struct ct_code *ct_recorder_code(struct ct_recorder *recorder, PyCodeObject *code,
                                 struct ct_frame *frame, bool *is_skipped);

/* Opens the window for `code`, of the activation file, in `frame`. */
void ct_recorder_open_window(struct ct_recorder *recorder, PyCodeObject *code,
                             struct ct_frame *frame);

/* What the filter says of generated code of the class `owner`; false if it is not
 * recorded. */
bool ct_recorder_judge_generated(struct ct_recorder *recorder, PyCodeObject *code,
                                 const struct ct_class_place *place,
                                 PyTypeObject *owner, struct ct_judgement *judgement);

/* Whether `code` is of the activation file. */
bool ct_recorder_is_activation(const struct ct_recorder *recorder, PyCodeObject *code);

/* Writes the filter's counts to the tape if they have doubled since the last time, or
 * at the end if there are any, so that a process that dies leaves some. Needs no
 * Python. */
void ct_recorder_write_filter_stats(struct ct_recorder *recorder, bool is_end);
