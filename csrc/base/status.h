/* Status of a plain-C call, and the text that explains a failure.
 *
 * Functions of base, tape and trace that can fail return an `enum ct_status` that
 * the caller must look at. The text for the user goes into a `struct ct_error`
 * owned by the caller and passed down; a function that fails fills it exactly once.
 * No heap memory, no Python. */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum ct_status {
    CT_OK = 0,
    CT_ERR_MEMORY, /* malloc failed */
    CT_ERR_IO,     /* the operating system refused; the text names the call and path */
    CT_ERR_FORMAT, /* bytes that are not what this project writes */
    CT_ERR_LIMIT,  /* a limit of the format or of limits.h was reached */
    CT_ERR_ARGUMENT, /* the caller asked for something that does not exist */
};

#define CT_NODISCARD __attribute__((warn_unused_result))

struct ct_error {
    enum ct_status status;
    int os_errno; /* errno for CT_ERR_IO, else 0 */
    char text[512];
};

/* Fills *err (which may be NULL) and returns `status`, so that
 * `return ct_error_set(err, CT_ERR_IO, errno, "cannot open %s", path);` reads well. */
__attribute__((format(printf, 4, 5))) static inline enum ct_status
ct_error_set(struct ct_error *err, enum ct_status status, int os_errno,
             const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        err->status = status;
        err->os_errno = os_errno;
        int n = vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        if (os_errno != 0 && n >= 0 && (size_t)n < sizeof err->text)
            snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s",
                     strerror(os_errno));
    }
    return status;
}
