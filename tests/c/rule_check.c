/* A replay that must keep the rules (rule_check.h). */
#include "rule_check.h"

#include "trace/facts.h"

#include <stdio.h>
#include <stdlib.h>

void rule_check_tape(const char *dir, struct rule_options options)
{
    struct ct_facts facts;
    struct ct_error err;
    struct ct_replay_result result;
    ct_facts_init(&facts);
    if (ct_facts_read(&facts, dir, &err) == CT_OK) {
        options.allows_thread_records =
            !ct_facts_is(&facts, CT_FACT_THREAD_RECORDS, "off");
        struct ct_writer *writer = rule_writer_new(&options);
        if (ct_replay_run(dir, writer, &facts, &result, &err) == CT_OK) {
            const char *broken = rule_writer_verdict(writer);
            if (broken != NULL) {
                fprintf(stderr, "broken rule: %s\n", broken);
                abort();
            }
            ct_replay_result_fini(&result);
        }
        writer->ops->free(writer);
    }
    ct_facts_fini(&facts);
}
