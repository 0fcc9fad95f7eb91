/* Writing what happens in a thread: calls, steps, returns, exceptions.
 *
 * Each function writes whole records and commits them; the block order of
 * trace-formats.md 2.6 is made by the replay. All need an attached thread state and
 * leave the error indicator as it is. */
#pragma once

#include "py/thread.h"

/* Opens a frame. `exception` is the argument of a throw, else NULL. `line` is where the
 * call's step stands. False when the tape is out, or else with `unbound_slot` set when
 * an argument has no value. */
bool ct_capture_call(struct ct_thread *thread, struct ct_frame *frame,
                     struct ct_code *code, enum ct_call_flag flag, int line,
                     PyObject *exception);

/* A line of the top frame is about to run. */
void ct_capture_line(struct ct_thread *thread, struct ct_shadow *top, int line);

/* The top frame is left: by a return or yield with `value`, or by an exception. Writes
 * a step before it if the last line changed a variable. */
void ct_capture_return(struct ct_thread *thread, struct ct_shadow *top,
                       PyObject *value);

/* The top frame has gone without an event (a greenlet was switched): its return value
 * is not known. */
void ct_capture_lost(struct ct_thread *thread);

/* An exception was raised on `line` of the top frame's code. Without an event (for
 * exceptions that end loops) only the place is remembered, should it end the program.
 */
void ct_capture_error(struct ct_thread *thread, const struct ct_code *code,
                      PyObject *exception, int line, bool has_event);

/* The exception ends the program; remembered on the tape for the end. */
void ct_capture_uncaught(struct ct_thread *thread, uint64_t path, PyObject *exception,
                         int line);
