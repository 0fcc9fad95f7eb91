/* The executable ct-finish: finishes the tape in a trace directory.
 *
 * Run by the recorder's Python half where the traced process cannot do it, and by hand.
 * Prints one line about what it wrote; an error goes to standard error, with status 1
 * (2 for a wrong command line). */
#include "trace/finish.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: ct-finish DIR\n");
        return 2;
    }
    struct ct_finish_result result;
    struct ct_error error;
    if (ct_finish(argv[1], &result, &error) != CT_OK) {
        fprintf(stderr, "ct-finish: %s\n", error.text);
        return 1;
    }
    printf("%s/%s: %" PRIu64 " steps, %" PRIu64 " calls, %" PRIu64 " values, %" PRIu64
           " events, %" PRIu64 " threads%s\n",
           argv[1], result.events_file, result.steps, result.calls, result.values,
           result.events, result.threads, result.complete ? "" : " (incomplete)");
    return 0;
}
