#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

#include <stddef.h>

/* What "valise help TOPIC" prints: whole pages, translated as one message each. */
struct topic {
    const char *name;
    const char *text; /* N_() */
};

extern const struct topic topics_table[];
extern const size_t topics_n;

#endif
